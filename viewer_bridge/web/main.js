// The viewer: the server knows the view, this page shows it and says what the user wants of it.

import { chooseTheme, copyText, followFullScreen, rememberSections, toggleFullScreen } from "./appearance.js";
import { Channels } from "./channels.js";
import { Connection } from "./connection.js";
import { Controls } from "./controls.js";
import { askForStill, notify, showHelp, skipToPanel, togglePanel } from "./desk.js";
import { LabelIds } from "./label_ids.js";
import { Looks } from "./looks.js";
import { Banner, Messages } from "./messages.js";
import { Overlay } from "./overlay.js";
import { Picked } from "./picked.js";
import { Picture } from "./picture.js";
import { listen } from "./pointer.js";
import { Readout } from "./readout.js";
import { Scenery } from "./scenery.js";
import * as server from "./server.js";
import { Sharing, rememberedSession } from "./sharing.js";
import { Steering } from "./steering.js";
import { moved, withChannels } from "./surfaces.js";
import { TimePlayer } from "./times.js";
import { describeVoxels } from "./units.js";
import { readAddress, writeAddress } from "./url.js";
import { decodesVideo } from "./video.js";

const NARROW = 700;
/** Pictures of H.264 that may fail before the page asks for none any more. */
const PATIENCE = 3;

const find = (id) => document.getElementById(id);
const canvas = find("picture");
const messages = new Messages(find("messages"));
const readout = new Readout(find("readout"));
const streamUrl = new URL("stream", location.href.split(/[?#]/)[0]).href.replace(/^http/, "ws");
const connection = new Connection(streamUrl);
const banner = new Banner(find("banner"), find("banner-text"), find("retry"), () => connection.connect());
const picture = new Picture(canvas, onDrawn, onDropped);
const steering = new Steering((type, fields, since) => readout.sent(send(type, fields), since));
const controls = new Controls(find, change);
const channels = new Channels(
  find("channels"),
  find("channel-template"),
  (changed) => change(withChannels(shown.view, changed)),
  (index, value) => change({ mode: moved(shown.view.mode, index, value) }),
);
const looks = new Looks(find("looks"), change);
const scenery = new Scenery(find, change);
const askPick = (x, y) => connection.ask("pick", { x, y });
const picked = new Picked(find("picked"), askPick, ({ labels }) => labelIds.clicked(labels));
const labelIds = new LabelIds(find("label-ids"), change);
const overlay = new Overlay(find, change, askPick);
const playback = new TimePlayer(find, (time) => change({ time }), () => !slices?.behind);

const sharing = new Sharing(find, (type, fields) => connection.ask(type, fields), (text) => messages.say(text));

/** What is shown: the volume's info and the newest view known here; null while a volume is being opened. */
let shown = null;
/** The section of keyframes, loaded when it is first opened. */
let animation = null;
/** The volume and view to come back to when the server does, and where slices of it meet that are shown beside it. */
let wanted = { volume: null, view: null, slices: null };
/** Slices beside the volume, once somebody wants them. */
let slices = null;
/** The session to join, and the ticket to it: of a link, or that this tab was in before. */
let joining = { session: null, ticket: "" };
let opening = 0;
let codecs = ["jpeg", "webp"];
let lost = 0;

function send(type, fields) {
  const number = connection.send(type, fields);
  canvas.dataset.sent = number;
  overlay.sent(number, type, fields);
  if (fields.time !== undefined) playback.sent(number);
  return number;
}

/** Shows a change at once on this page's inputs and asks the server for it, if this page steers. */
function change(fields) {
  if (!shown) return false;
  if (!sharing.piloting) {
    refuse();
    return false;
  }
  if (slices && fields.mode) fields = { ...fields, mode: slices.fitted(fields.mode) };
  const view = { ...shown.view, ...fields };
  if (fields.channels) {
    view.channels = shown.view.channels.map((old) => fields.channels.find((one) => one.index === old.index) ?? old);
  }
  showView(view);
  unpick();
  steering.change(fields);
  return true;
}

/** What was said of the picture is no longer so. */
function unpick() {
  picked.clear();
  labelIds.clicked([]);
}

/** The server says that this is the view. */
function confirmView(view) {
  controls.confirm(view);
  showView(view);
  remember();
}

function showView(view) {
  shown.view = view;
  controls.show(view);
  channels.show(view);
  looks.show(view);
  scenery.show(view);
  overlay.show(view);
  labelIds.show(view);
  playback.show(view);
  slices?.show(view);
}

/** A viewer's inputs show what is, again. */
function refuse() {
  playback.stop();
  messages.say("You are watching this session: a pilot steers");
  showView(shown.view);
}

/** Opens a volume: in the session that this page is in, which then shows it to all, or in a new one. */
function open(volume, view, slicePoint = null) {
  if (view && shown?.info.name === volume) {
    send("view", { view: { ...view, size: picture.size } });
    if (slicePoint) showSlices(slicePoint);
    return;
  }
  wanted = { volume, view, slices: slicePoint };
  find("volume").value = volume;
  begin(`Opening ${volume} …`, view ? { volume, view } : { volume });
}

/** Joins a session and shows what it shows. */
function join({ session, ticket }) {
  begin(`Joining ${session} …`, { session, ticket });
}

function begin(words, fields) {
  steering.forget();
  shown = null;
  playback.stop();
  readout.clear();
  wait(words);
  const session = sharing.session ? { session: sharing.session, ticket: sharing.ticket } : {};
  opening = send("open", { size: picture.size, codecs, ...session, ...fields });
}

function wait(text) {
  find("waiting").textContent = text;
  find("waiting").hidden = !text;
  canvas.style.opacity = text ? 0.25 : 1;
}

connection.addEventListener("up", async () => {
  banner.hide();
  picture.restart();
  lost = 0;
  const names = await listVolumes();
  if (!names || !connection.up) return;
  if (joining.session) join(joining);
  else openFirst(names);
});

function openFirst(names) {
  const volume = names.includes(wanted.volume) ? wanted.volume : names[0];
  if (wanted.volume && volume !== wanted.volume) messages.say(`There is no volume ${wanted.volume} on this server`);
  const same = volume === wanted.volume;
  if (volume) open(volume, same ? wanted.view : null, same ? (slices?.point ?? wanted.slices) : null);
  else wait("This server has no volumes");
}

/** The session that was to be joined is not there any more: what it showed last is, in a new one. */
function notJoined(code, message) {
  const names = [...find("volume").options].map((option) => option.value);
  const { session, ticket } = joining;
  // A ticket of a server that has been started anew since is no good, and perhaps none is needed.
  sharing.ticket = "";
  joining = { session: code === "forbidden" && ticket ? session : null, ticket: "" };
  if (joining.session) join(joining);
  else if (wanted.volume) openFirst(names);
  else wait(message);
}

connection.addEventListener("down", ({ detail }) => {
  steering.forget();
  playback.stop();
  if (shown) wanted = { volume: shown.info.name, view: shown.view, slices: slices?.point ?? null };
  joining = { session: sharing.session, ticket: sharing.ticket };
  banner.show(detail);
});

connection.addEventListener("opened", ({ detail: opened }) => {
  const asked = wanted.view !== null;
  const point = [null, opened.info.name].includes(wanted.volume) ? wanted.slices : null;
  wanted = { volume: opened.info.name, view: asked ? opened.view : null, slices: point };
  shown = { info: opened.info, view: opened.view, box: opened.box };
  joining = { session: null, ticket: "" };
  sharing.open(opened.session);
  find("volume").value = opened.info.name;
  readout.open(opened);
  controls.open(opened);
  playback.open(opened.info);
  find("four").hidden = find("slices-section").hidden = !opened.info.levels[0].shape.every((count) => count > 1);
  if (slices) slices.open(opened, wanted.slices);
  else if (wanted.slices || find("slices-section").open) attempt("No slices", bringSlices)();
  channels.open(opened.info);
  looks.open(opened.info);
  scenery.open(opened);
  animation?.open(opened.info.name);
  overlay.open(opened);
  picked.open(opened.info);
  confirmView(opened.view);
  find("tiles").href = server.tilesPage(opened.info.name);
  find("about").textContent = [describeVoxels(opened.info), ...opened.info.notes].join(". ");
  document.title = `${opened.info.name} – Voxelcast`;
  loadStatistics(opened.info.name);
  resize(picture.size);
});

connection.addEventListener("view", ({ detail }) => {
  const { input, view } = detail;
  overlay.confirm(detail);
  // An older one is about to be followed by one that knows what was done since.
  if (!shown || input !== connection.input || !steering.idle) return;
  wanted = { ...wanted, volume: view.volume, view };
  confirmView(view);
});

connection.addEventListener("members", ({ detail }) => sharing.show(detail));
connection.addEventListener("invited", ({ detail }) => sharing.invited(detail));
connection.addEventListener("video", ({ detail }) => picture.configure(detail));

connection.addEventListener("error", ({ detail: { code, message, input } }) => {
  if (input === opening && joining.session) {
    notJoined(code, message);
    return;
  }
  readout.answered(input);
  playback.refused(input);
  // A question has no number: it will not be answered.
  if (input === null) {
    picked.clear();
    overlay.measuring.forget();
  }
  if (shown) messages.say(message);
  else wait(message);
});

connection.addEventListener("picked", ({ detail }) => overlay.measuring.answer(detail) || picked.answer(detail));

connection.addEventListener("frame", ({ detail: frame }) => picture.show(frame));

function onDrawn(frame, decodeMs) {
  connection.acknowledge(frame.frame, decodeMs);
  if (!shown) return;
  wait("");
  readout.drawn(frame);
  overlay.drawn(frame);
  playback.drawn(frame.input);
}

function onDropped(frame, error) {
  // The server sends only so many that it hears nothing of.
  connection.acknowledge(frame.frame, 0);
  if (frame.codec !== "h264") {
    messages.say(`A picture could not be shown: ${error.message}`);
    return;
  }
  lost += 1;
  if (lost >= PATIENCE) codecs = codecs.filter((codec) => codec !== "h264");
  connection.ask("prefer", { keyframe: true, codecs });
}

function resize(size) {
  if (!shown || String(size) === String(shown.view.size)) return;
  shown.view = { ...shown.view, size };
  steering.change({ size });
}
picture.onResize(resize);

let addresses = 0;
/** Puts the view into the address, so that the link shows the same picture. */
async function remember() {
  const address = (addresses += 1);
  const session = sharing.shared ? sharing.session : null;
  const hash = await writeAddress(wanted.volume, wanted.view, session, slices?.point ?? wanted.slices);
  if (address === addresses) history.replaceState(null, "", hash);
}

async function listVolumes() {
  try {
    const names = await server.volumeNames();
    find("volume").replaceChildren(...names.map((name) => new Option(name)));
    return names;
  } catch (error) {
    messages.say(error.message);
    return null;
  }
}

async function loadStatistics(volume) {
  try {
    const statistics = await server.statistics(volume);
    if (shown?.info.name !== volume) return;
    channels.setStatistics(statistics);
    looks.setStatistics(statistics);
  } catch (error) {
    messages.say(`No histograms: ${error.message}`);
  }
}

/** The slices, of which the page loads nothing before somebody wants them. */
async function bringSlices() {
  const { Slices } = await import("./slices.js");
  if (slices) return;
  slices = new Slices(find, streamUrl, {
    change,
    drawn: () => playback.drawn(),
    failed: (message) => messages.say(message),
    rested: () => {
      wanted.slices = slices.point;
      if (shown) remember();
    },
  });
  if (shown) slices.open(shown, wanted.slices);
}

async function loadAnimation() {
  const { AnimationPanel } = await import("./animation.js");
  animation = new AnimationPanel(find, { view: () => shown?.view, change, say: (text) => messages.say(text) });
  if (shown) animation.open(shown.info.name);
}

/** `work` as something to do at a click, which says `what` where it fails. */
function attempt(what, work) {
  return async () => {
    try {
      await work();
    } catch (error) {
      messages.say(`${what}: ${error.message}`);
    }
  };
}

function showSlices(point) {
  wanted.slices = point;
  attempt("No slices", async () => (slices ? slices.open(shown, point) : await bringSlices()))();
}

const toggleFour = attempt("No slices", async () => {
  if (!slices) await bringSlices();
  slices.toggle();
});
const savePicture = attempt("No picture", () => shown && askForStill(shown.view));
const fullScreen = attempt("No full screen", toggleFullScreen);
const help = attempt("No help", showHelp);
const copyLink = attempt("The link was not copied", async () => {
  if (!shown) return;
  wanted.view ??= shown.view;
  await remember();
  await copyText(location.href);
  notify("Link copied");
});

async function goToAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  const before = rememberedSession();
  const session = said.get("session");
  // A tab that is loaded again goes on in its session; an address that says another view is meant.
  joining = { session, ticket: before.session === session ? before.ticket : "" };
  try {
    wanted = await readAddress(location.hash);
  } catch (error) {
    messages.say(error.message);
    wanted = { volume: said.get("volume"), view: null, slices: null };
  }
}

function steer(how, ...by) {
  if (!shown) return;
  if (!sharing.piloting) {
    refuse();
    return;
  }
  unpick();
  steering[how](...by);
}

/** A click, or Enter, at shares of the picture. */
function click(x, y) {
  if (!shown) return;
  if (!overlay.measuring.active) {
    picked.pick(x, y, shown.view.size);
    return;
  }
  // The server answers the newest question only.
  picked.clear();
  overlay.measuring.click(x, y, shown.view.size);
}

/** The pointer is over the picture: labels are said as it goes, other values where alt is held. */
function hover(x, y, alt) {
  if (!shown || overlay.measuring.active || !(alt || shown.view.labels.length)) return;
  picked.pick(x, y, shown.view.size, false);
}

listen(
  canvas,
  {
    orbit: (dx, dy) => steer("orbit", dx, dy),
    pan: (dx, dy) => steer("pan", dx, dy),
    zoom: (factor, x, y) => steer("zoom", factor, x, y),
    pick: click,
    hover,
    tool: (event) => overlay.keyAction(event, click),
    step: (count) => controls.step(count),
    stepTime: (count) => shown && controls.stepTime(count),
    home: () => steer("reset", "camera"),
    mode: (type) => controls.mode(type),
  },
  () => controls.slicing,
  {
    h: togglePanel,
    v: () => !find("four").hidden && toggleFour(),
    f: fullScreen,
    s: savePicture,
    "?": help,
    " ": () => shown && playback.toggle(),
  },
);
chooseTheme(find("theme"));
rememberSections(document.querySelectorAll("[data-section]"));
followFullScreen(find("full"));
find("volume").addEventListener("change", () => open(find("volume").value, null));
find("reset").addEventListener("click", () => steer("reset", "camera"));
find("reset-all").addEventListener("click", () => steer("reset", "view"));
find("animation").addEventListener("toggle", loadAnimation, { once: true });
find("screenshot").addEventListener("click", savePicture);
find("copy-link").addEventListener("click", copyLink);
find("four").addEventListener("click", toggleFour);
find("slices-section").addEventListener(
  "toggle",
  attempt("No slices", () => find("slices-section").open && !slices && bringSlices()),
);
find("full").addEventListener("click", fullScreen);
find("help-open").addEventListener("click", help);
find("skip").addEventListener("click", skipToPanel);
find("panel-toggle").addEventListener("click", togglePanel);
addEventListener("hashchange", async () => {
  await goToAddress();
  if (connection.up && wanted.volume) open(wanted.volume, wanted.view, wanted.slices);
});

if (innerWidth <= NARROW) togglePanel();
if (await decodesVideo()) codecs.push("h264");
await goToAddress();
connection.connect();
