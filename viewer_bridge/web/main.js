// The viewer: the server knows the view, this page shows it and says what the user wants of it.

import { bringStatistics, introduce } from "./about.js";
import { chooseTheme, followFullScreen, rememberSections } from "./appearance.js";
import { Arrival } from "./arrival.js";
import { Channels } from "./channels.js";
import { listenToCommands } from "./commands.js";
import { Connection } from "./connection.js";
import { Controls } from "./controls.js";
import { togglePanel, wait } from "./desk.js";
import { Drawing } from "./drawing.js";
import { LabelIds } from "./label_ids.js";
import { LateAnimation, LateSlices } from "./late.js";
import { Looks } from "./looks.js";
import { Banner, Messages } from "./messages.js";
import { Overlay } from "./overlay.js";
import { Picked } from "./picked.js";
import { listen } from "./pointer.js";
import { Pointing } from "./pointing.js";
import { Readout } from "./readout.js";
import { Scenery } from "./scenery.js";
import { Sharing } from "./sharing.js";
import { Steering } from "./steering.js";
import { moved, withChannels } from "./surfaces.js";
import { TimePlayer } from "./times.js";
import { Viewing } from "./viewing.js";

const NARROW = 700;
const CONFLICT = "Somebody else has just changed that: look, and try again";

const find = (id) => document.getElementById(id);
const canvas = find("picture");
const messages = new Messages(find("messages"));
const say = (text) => messages.say(text);
const readout = new Readout(find("readout"));
const streamUrl = new URL("stream", location.href.split(/[?#]/)[0]).href.replace(/^http/, "ws");
const connection = new Connection(streamUrl);
const banner = new Banner(find("banner"), find("banner-text"), find("retry"), () => connection.connect());
const drawing = new Drawing(canvas, connection, onDrawn, say);
const steering = new Steering((type, fields, since) => readout.sent(send(type, fields), since));
const sharing = new Sharing(find, (type, fields) => connection.ask(type, fields), say);

const shown = () => viewing.shown;
const change = (fields) => viewing.change(fields);
const askPick = (x, y) => connection.ask("pick", { x, y });
const controls = new Controls(find, change);
const channels = new Channels(
  find("channels"),
  find("channel-template"),
  (changed) => change(withChannels(shown().view, changed)),
  (index, value) => change({ mode: moved(shown().view.mode, index, value) }),
);
const looks = new Looks(find("looks"), change);
const scenery = new Scenery(find, change);
const overlay = new Overlay(find, change, askPick);
const labelIds = new LabelIds(find("label-ids"), change);
const picked = new Picked(find("picked"), askPick, ({ labels }) => labelIds.clicked(labels));
const pointing = new Pointing(overlay.measuring, picked, labelIds, shown);
const playback = new TimePlayer(find, (time) => change({ time }), () => !slices.behind);
const slices = new LateSlices(find, streamUrl, messages, {
  change,
  shown,
  point: () => arrival.point,
  drawn: () => playback.drawn(),
  rested: () => arrival.rested(),
});
const animation = new LateAnimation(find, { shown, change, say });

const parts = [controls, channels, looks, scenery, overlay, labelIds, playback, slices];
const viewing = new Viewing(steering, sharing, parts, {
  fitted: (mode) => slices.fitted(mode),
  changing: () => pointing.forget(),
  refused: () => {
    playback.stop();
    say("You are watching this session: a pilot steers");
  },
});
const arrival = new Arrival(find("volume"), viewing, sharing, slices, {
  up: () => connection.up,
  leave: () => {
    viewing.leave();
    playback.stop();
    readout.clear();
  },
  open: (fields) => send("open", { size: drawing.size, ...drawing.taste, ...fields }),
  goTo: (view) => send("view", { view: { ...view, size: drawing.size } }),
  say,
});

function send(type, fields) {
  const number = connection.send(type, viewing.based(type, fields));
  canvas.dataset.sent = number;
  overlay.sent(number, type, fields);
  if (fields.time !== undefined) playback.sent(number);
  return number;
}

function onDrawn(frame) {
  if (!viewing.shown) return;
  viewing.saw(frame.version);
  wait("");
  readout.drawn(frame);
  overlay.drawn(frame);
  playback.drawn(frame.input);
}

/** The server says that this is the view. */
function confirm(view) {
  controls.confirm(view);
  viewing.show(view);
  arrival.remember();
}

connection.addEventListener("up", () => {
  banner.hide();
  drawing.restart();
  arrival.begin();
});

connection.addEventListener("down", ({ detail }) => {
  steering.forget();
  playback.stop();
  arrival.lost();
  banner.show(detail);
});

connection.addEventListener("opened", ({ detail: opened }) => {
  arrival.opened(opened);
  viewing.open(opened);
  readout.open(opened);
  controls.open(opened);
  playback.open(opened.info);
  slices.open(opened);
  channels.open(opened.info);
  looks.open(opened.info);
  scenery.open(opened);
  animation.open(opened.info.name);
  overlay.open(opened);
  picked.open(opened.info);
  confirm(opened.view);
  introduce(find, opened.info);
  bringStatistics(viewing, [channels, looks], messages);
  viewing.resize(drawing.size);
});

connection.addEventListener("view", ({ detail }) => {
  const { input, view, version } = detail;
  overlay.confirm(detail);
  viewing.saw(version);
  // An older one is about to be followed by one that knows what was done since.
  if (!viewing.shown || input !== connection.input || !steering.idle) return;
  arrival.moved(view);
  confirm(view);
});

connection.addEventListener("error", ({ detail }) => {
  const { code, input } = detail;
  const message = code === "conflict" ? CONFLICT : detail.message;
  if (arrival.refused(detail)) return;
  readout.answered(input);
  playback.refused(input);
  // A question has no number: it will not be answered.
  if (input === null) pointing.refused();
  if (viewing.shown) say(message);
  else wait(message);
});

connection.addEventListener("members", ({ detail }) => sharing.show(detail));
connection.addEventListener("invited", ({ detail }) => sharing.invited(detail));
connection.addEventListener("picked", ({ detail }) => pointing.answer(detail));
addEventListener("hashchange", () => arrival.followAddress());
drawing.onResize((size) => viewing.resize(size));

const click = (x, y) => pointing.click(x, y);
listen(
  canvas,
  {
    orbit: (dx, dy) => viewing.steer("orbit", dx, dy),
    pan: (dx, dy) => viewing.steer("pan", dx, dy),
    zoom: (factor, x, y) => viewing.steer("zoom", factor, x, y),
    pick: click,
    hover: (x, y, alt) => pointing.hover(x, y, alt),
    tool: (event) => overlay.keyAction(event, click),
    step: (count) => controls.step(count),
    stepTime: (count) => viewing.shown && controls.stepTime(count),
    home: () => viewing.steer("reset", "camera"),
    mode: (type) => controls.mode(type),
  },
  () => controls.slicing,
  listenToCommands(find, { messages, viewing, arrival, slices, playback }),
);
chooseTheme(find("theme"));
drawing.chooseLossless(find("lossless"));
rememberSections(document.querySelectorAll("[data-section]"));
followFullScreen(find("full"));

if (innerWidth <= NARROW) togglePanel();
await drawing.tryVideo();
await arrival.readAddress();
connection.connect();
