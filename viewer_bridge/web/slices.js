// Four views: three linked slices beside the volume, and the point where their planes meet.

import { SlicePanel } from "./panel.js";
import { AXES, planeAt, planes, positionOf } from "./planes.js";
import { listenToPointers, listenToWheel } from "./pointer.js";
import { FACES, boundedScale, facing, fittingScale, fromPanel, hasPlanes, pointOf, toPanel, withPlanes } from "./slicing.js";
import { unitSymbol } from "./units.js";

const KEY_PAN = 0.05;
const KEY_ZOOM = 1.15;
/** Milliseconds without a move after which the point has come to rest. */
const REST = 300;

export class Slices {
  #find;
  #told;
  #panels;
  #sliders;
  #shown = false;
  #info = null;
  #box = null;
  #view = null;
  /** Where the planes meet, in the world. */
  #point = [0, 0, 0];
  #center = [0, 0, 0];
  /** World units a pixel of the page; null while the whole volume is fitted into the panels. */
  #scale = null;
  #inVolume = false;
  #resting = 0;

  /** `told` has change(fields), drawn(), rested() when what a link should hold has changed, and failed(message). */
  constructor(find, url, told) {
    this.#find = find;
    this.#told = told;
    const template = find("slice-template").content;
    const elements = AXES.map(() => template.firstElementChild.cloneNode(true));
    this.#panels = elements.map((element, axis) => this.#panel(element, axis, url));
    // z first: the images as they were taken, and below it what shares its x.
    find("slices").append(elements[2], elements[0], elements[1]);
    this.#sliders = AXES.map((axis) => positionSlider(axis));
    find("positions").replaceChildren(...this.#sliders.map(({ row }) => row));
    this.#sliders.forEach(({ input }, axis) => input.addEventListener("input", () => this.#goTo(axis, input.valueAsNumber)));
    find("planes").addEventListener("change", () => this.#putIntoVolume(find("planes").checked));
  }

  /** Where the planes meet while four views are shown, else null. */
  get point() {
    return this.#shown ? this.#point : null;
  }

  /** Whether a panel has yet to show what it was asked for. */
  get behind() {
    return this.#shown && this.#panels.some((panel) => panel.behind);
  }

  /** A volume is open; four views of it where `point` is one. */
  open({ info, box, view }, point) {
    [this.#info, this.#box] = [info, box];
    this.#scale = null;
    this.#center = box.lower.map((part, i) => (part + box.upper[i]) / 2);
    this.#point = this.#snapped(point ?? this.#center);
    const possible = info.levels[0].shape.every((count) => count > 1);
    this.#sliders.forEach(({ input }, axis) => (input.max = this.#planes(axis).count - 1));
    this.#view = view;
    this.#setShown(possible && (this.#shown || point !== null));
    this.show(view, true);
  }

  show(view, again = false) {
    this.#view = view;
    this.#point = pointOf(view.mode, this.#point);
    if (view.mode.planes) this.#inVolume = hasPlanes(view.mode);
    this.#find("planes").checked = this.#inVolume;
    this.#find("planes").disabled = !view.mode.planes;
    this.#draw(again);
  }

  toggle() {
    if (!this.#info || this.#find("four").hidden) return;
    this.#setShown(!this.#shown);
    this.#draw();
    this.#told.rested();
  }

  /** `mode`, to which the view goes, with the planes where they are now. */
  fitted(mode) {
    return mode.type === this.#view.mode.type || !mode.planes ? mode : withPlanes(mode, this.#inVolume ? this.#point : null);
  }

  #setShown(shown) {
    this.#shown = shown;
    document.body.classList.toggle("four", shown);
    this.#find("slices").hidden = !shown;
    this.#find("four").setAttribute("aria-pressed", String(shown));
    if (!shown) for (const panel of this.#panels) panel.close();
  }

  #draw(again = false) {
    this.#sliders.forEach(({ input, text }, axis) => {
      input.value = planeAt(this.#planes(axis), this.#point[axis]);
      text.textContent = this.#words(axis);
      input.setAttribute("aria-valuetext", text.textContent);
    });
    if (!this.#shown) return;
    this.#panels.forEach((panel, axis) => {
      const frame = this.#frame(axis);
      const camera = facing(axis, this.#center, frame.scale * frame.height, this.#box);
      const mode = { type: "slice", axis: AXES[axis], position: this.#point[axis] };
      panel.show({ ...this.#view, mode, camera, size: panel.size }, again);
      panel.mark(toPanel(axis, this.#point, frame));
      const { count } = this.#planes(axis);
      panel.describe(planeAt(this.#planes(axis), this.#point[axis]), count, `${AXES[axis]} ${this.#words(axis)}`);
    });
  }

  #panel(element, axis, url) {
    const { drawn, failed } = this.#told;
    const resized = () => this.#view && this.#draw();
    const panel = new SlicePanel(element, url, { drawn, failed, resized });
    element.dataset.across = AXES[axis];
    panel.canvas.setAttribute(
      "aria-label",
      `Slice across ${AXES[axis]}. Page up and page down go through it, arrow keys move the lines, with shift the picture, plus and minus zoom.`,
    );
    const steer = {
      orbit: (_dx, _dy, x, y) => this.#cross(axis, x, y),
      pick: (x, y) => this.#cross(axis, x, y),
      hover: () => {},
      pan: (dx, dy) => this.#pan(axis, dx, dy),
      zoom: (factor, x, y) => this.#zoom(axis, factor, x, y),
      step: (count) => this.#step(axis, count),
      home: () => this.#fit(),
    };
    listenToPointers(panel.canvas, steer, () => false);
    listenToWheel(panel.canvas, steer, (event) => !event.ctrlKey);
    panel.canvas.addEventListener("keydown", (event) => {
      const action = this.#keyAction(axis, event);
      if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      action();
    });
    return panel;
  }

  #keyAction(axis, event) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key in arrows) {
      const [x, y] = arrows[event.key];
      const { across, along, down } = FACES[axis];
      if (event.shiftKey) return () => this.#pan(axis, x * KEY_PAN, y * KEY_PAN);
      return () => this.#step(x ? across : along, x || y * down);
    }
    const steps = { "[": -1, PageDown: -1, "]": 1, PageUp: 1, Home: -Infinity, End: Infinity };
    if (Object.hasOwn(steps, event.key)) return () => this.#step(axis, steps[event.key]);
    const zooms = { "+": KEY_ZOOM, "=": KEY_ZOOM, "-": 1 / KEY_ZOOM };
    if (Object.hasOwn(zooms, event.key)) return () => this.#zoom(axis, zooms[event.key], 0, 0);
    return event.key === "r" || event.key === "0" ? () => this.#fit() : null;
  }

  /** Lets the other planes go through a point of a panel, in shares of it. */
  #cross(axis, x, y) {
    const frame = this.#frame(axis);
    this.#move(fromPanel(axis, [x * frame.width, y * frame.height], this.#point, frame));
  }

  #step(axis, count) {
    this.#goTo(axis, planeAt(this.#planes(axis), this.#point[axis]) + count);
  }

  #goTo(axis, index) {
    this.#move(this.#point.with(axis, positionOf(this.#planes(axis), index)));
  }

  #move(point) {
    this.#point = this.#snapped(point);
    const { mode } = this.#view;
    if (this.#inVolume && mode.planes) this.#told.change({ mode: withPlanes(mode, this.#point) });
    else if (mode.type === "slice") this.#told.change({ mode: { ...mode, position: this.#point[AXES.indexOf(mode.axis)] } });
    else this.#draw();
    this.#restSoon();
  }

  #putIntoVolume(inside) {
    this.#inVolume = inside;
    this.#told.change({ mode: withPlanes(this.#view.mode, inside ? this.#point : null) });
  }

  #pan(axis, dx, dy) {
    const { across, along, down } = FACES[axis];
    const frame = this.#frame(axis);
    const length = frame.scale * frame.height;
    this.#center = [...this.#center];
    this.#center[across] -= dx * length;
    this.#center[along] -= dy * down * length;
    this.#draw();
  }

  /** What is at (x, y), in picture heights from the middle, stays there. */
  #zoom(axis, factor, x, y) {
    const frame = this.#frame(axis);
    const { width, height } = frame;
    const kept = fromPanel(axis, [width / 2 + x * height, height / 2 + y * height], this.#center, frame);
    this.#scale = boundedScale(frame.scale / factor, this.#info, this.#box, height);
    const share = 1 - this.#scale / frame.scale;
    this.#center = this.#center.map((part, i) => part + (kept[i] - part) * share);
    this.#draw();
  }

  #fit() {
    this.#scale = null;
    this.#center = this.#box.lower.map((part, i) => (part + this.#box.upper[i]) / 2);
    this.#draw();
  }

  #frame(axis) {
    const sizes = this.#panels.map(({ canvas }) => [Math.max(1, canvas.clientWidth), Math.max(1, canvas.clientHeight)]);
    const [width, height] = sizes[axis];
    return { width, height, center: this.#center, scale: this.#scale ?? fittingScale(this.#box, sizes) };
  }

  #planes(axis) {
    return planes(this.#info, this.#box, axis);
  }

  /** `point` in the middle of voxels. */
  #snapped(point) {
    return point.map((part, axis) => positionOf(this.#planes(axis), planeAt(this.#planes(axis), part)));
  }

  #words(axis) {
    const { count } = this.#planes(axis);
    const place = `${Number(this.#point[axis].toPrecision(5))} ${unitSymbol(this.#info.unit)}`.trim();
    return `${planeAt(this.#planes(axis), this.#point[axis]) + 1} of ${count} (${place})`;
  }

  #restSoon() {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#told.rested(), REST);
  }
}

function positionSlider(axis) {
  const row = document.createElement("label");
  row.className = "name position-row";
  const text = document.createElement("output");
  const input = Object.assign(document.createElement("input"), { type: "range", min: 0, step: 1 });
  input.setAttribute("aria-label", `Position on ${axis}`);
  row.append(axis, text, input);
  return { row, input, text };
}
