// A volume's planes in OpenSeadragon, with what there is to choose, and the addresses of the same for other programs.

import { addresses, deepZoom, pathOf } from "./address.js";
import { Channels } from "./channels.js";
import { Links } from "./links.js";
import { Picture } from "./picture.js";
import { showScale, unitSymbol } from "./scale.js";
import { countOf, firstSection, middle, pairsOf, pixelOf, positionOf, slabOf, spacingOf } from "./section.js";

const byId = (id) => document.getElementById(id);
const name = document.querySelector("meta[name=volume]").content;

/** What the server answers. An Error in its own words where it refuses. */
async function ask(path) {
  const response = await fetch(new URL(path, document.baseURI));
  if (response.ok) return response;
  const said = response.headers.get("Content-Type")?.startsWith("application/json") && (await response.json()).error;
  throw new Error(said || `${response.status} ${response.statusText}`);
}

function complain(error) {
  byId("message").textContent = error.message;
  byId("message").hidden = false;
}

function open(known) {
  const { info } = known;
  const first = firstSection(info, known.view);
  let section = first;
  const picture = new Picture(
    byId("picture"),
    (zoom) => showScale(byId("scale"), byId("scale-text"), pixelOf(info, section.axis) / zoom, info.unit),
    (url) => ask(url).catch(complain),
  );
  const links = new Links(byId("links"), byId("link-template"));
  const channels = new Channels(byId("channels"), byId("channel-template"), known, (index, changes) =>
    change({ channels: section.channels.map((one) => (one.index === index ? { ...one, ...changes } : one)) }),
  );

  function change(changes) {
    const turned = changes.axis !== undefined && changes.axis !== section.axis;
    section = { ...section, ...changes };
    show(turned);
  }

  function show(anew) {
    const pairs = pairsOf(info, section, first);
    byId("message").hidden = true;
    picture.show(new URL(deepZoom(name, pairs), document.baseURI).href, anew);
    links.show(addresses(document.baseURI, name, pairs));
    channels.show(section.channels);
    showPlane(info, section);
  }

  wire(info, change);
  byId("zoom-in").addEventListener("click", () => picture.zoomBy(1.5));
  byId("zoom-out").addEventListener("click", () => picture.zoomBy(1 / 1.5));
  byId("zoom-all").addEventListener("click", () => picture.showAll());
  describe(info);
  show(true);
}

/** Tell `change` what is done to the controls of the plane, the time and the labels. */
function wire(info, change) {
  for (const button of document.querySelectorAll("[data-axis]")) {
    const axis = button.dataset.axis;
    button.addEventListener("click", () => change({ axis, index: middle(info, axis), planes: 1 }));
  }
  byId("index").addEventListener("input", (event) => change({ index: event.target.valueAsNumber }));
  byId("thickness").addEventListener("input", (event) => change({ planes: event.target.valueAsNumber }));
  byId("projection").addEventListener("change", (event) => change({ projection: event.target.value }));
  byId("time").addEventListener("input", (event) => change({ time: event.target.valueAsNumber }));
  byId("outline").addEventListener("change", (event) => change({ outline: event.target.checked }));
  byId("opacity").addEventListener("input", (event) => change({ opacity: event.target.valueAsNumber }));
  const boxes = info.labels.map((label) => {
    const row = document.createElement("label");
    const box = document.createElement("input");
    row.className = "row";
    box.type = "checkbox";
    box.value = label;
    row.append(box, label);
    box.addEventListener("change", () => change({ labels: boxes.filter((one) => one.checked).map((one) => one.value) }));
    byId("label-images").append(row);
    return box;
  });
}

/** What of the page says where the plane is. */
function showPlane(info, section) {
  const { axis, index, planes, time } = section;
  const count = countOf(info, axis);
  const unit = unitSymbol(info.unit);
  const short = (length) => `${Number(length.toPrecision(4))} ${unit}`.trim();
  for (const button of document.querySelectorAll("[data-axis]")) {
    button.setAttribute("aria-pressed", button.dataset.axis === axis);
  }
  Object.assign(byId("index"), { max: count - 1, value: index, disabled: count === 1 });
  Object.assign(byId("thickness"), { min: 1, max: count, value: planes, disabled: count === 1 });
  const [from, to] = slabOf(info, section).map((plane) => plane + 1);
  byId("index-text").textContent = planes > 1 ? `${from} to ${to} of ${count}` : `${index + 1} of ${count} · ${short(positionOf(info, axis, index))}`;
  byId("thickness-text").textContent = planes > 1 ? `${planes} planes · ${short(planes * spacingOf(info, axis))}` : "one plane";
  byId("projection-row").hidden = planes === 1;
  byId("time").value = time;
  byId("time-text").textContent = `${time + 1} of ${info.times}`;
}

/** What stays as it is as long as the page shows this volume. */
function describe(info) {
  const { shape, spacing } = info.levels[0];
  const sizes = [...spacing].reverse().map((length) => Number(length.toPrecision(3)));
  const voxels = `${[...shape].reverse().join(" × ")} voxels of ${sizes.join(" × ")} ${unitSymbol(info.unit)}`;
  byId("about").textContent = voxels.trim();
  byId("viewer").href = `${document.baseURI}#volume=${encodeURIComponent(name)}`;
  byId("time-row").hidden = info.times === 1;
  byId("time").max = info.times - 1;
  byId("labels").hidden = info.labels.length === 0;
}

ask(`volumes/${pathOf(name)}`)
  .then((response) => response.json())
  .then(open)
  .catch(complain);
