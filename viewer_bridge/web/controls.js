// Mode, slice, time and background: the page's inputs <-> changes of the View.

import { stance } from "./cameras.js";
import { fromHex, toHex } from "./color.js";
import { AXES, planeAt, planes, positionOf } from "./planes.js";
import { fitted } from "./surfaces.js";
import { unitSymbol } from "./units.js";

export class Controls {
  #info = null;
  #box = null;
  #view = null;
  #onChange;
  #inputs;
  #axis = "z";
  /** The last mode and camera of "volume", "x", "y" and "z" that the server confirmed: coming back finds them. */
  #seen = new Map();
  /** The last mode of each type. */
  #modes = new Map();

  /** `find(id)` an element of the page; `onChange(fields)` with the fields of a change message. */
  constructor(find, onChange) {
    const inputs = {
      mode: find("mode"),
      axes: document.querySelectorAll("[data-axis]"),
      shaded: find("shaded"),
      slice: find("slice"),
      plane: find("plane"),
      position: find("position"),
      positionText: find("position-text"),
      time: find("time"),
      timeRow: find("time-row"),
      timeText: find("time-text"),
      background: find("background"),
    };
    this.#inputs = inputs;
    this.#onChange = onChange;
    inputs.mode.addEventListener("change", () => this.mode(inputs.mode.value));
    for (const button of inputs.axes) button.addEventListener("click", () => this.#slice(button.dataset.axis));
    inputs.shaded.addEventListener("change", () =>
      onChange({ mode: { ...this.#view.mode, shaded: inputs.shaded.checked } }),
    );
    inputs.position.addEventListener("input", () => this.#goToPlane(inputs.position.valueAsNumber));
    inputs.time.addEventListener("input", () => onChange({ time: inputs.time.valueAsNumber }));
    inputs.background.addEventListener("input", () => onChange({ background: [...fromHex(inputs.background.value), 1] }));
  }

  get slicing() {
    return ["slice", "oblique"].includes(this.#view?.mode.type);
  }

  open({ info, box }) {
    [this.#info, this.#box] = [info, box];
    this.#axis = "z";
    this.#seen.clear();
    this.#modes.clear();
    this.#inputs.time.max = info.times - 1;
    this.#inputs.timeRow.hidden = info.times < 2;
  }

  /** The server says that this is the view. */
  confirm(view) {
    this.#seen.set(stance(view.mode), { mode: view.mode, camera: view.camera });
  }

  show(view) {
    this.#view = view;
    const { mode } = view;
    this.#modes.set(mode.type, mode);
    this.#inputs.mode.value = mode.type === "oblique" ? "slice" : mode.type;
    for (const button of this.#inputs.axes) press(button, button.dataset.axis === mode.axis);
    if ("shaded" in mode) this.#inputs.shaded.checked = mode.shaded;
    this.#inputs.slice.hidden = !this.slicing;
    this.#inputs.plane.hidden = mode.type !== "slice";
    if (mode.type === "slice") this.#showPlane(mode);
    this.#inputs.background.value = toHex(view.background);
    this.#showTime(view.time);
  }

  /** Goes to a mode by its type in the View, as it was when it was shown last. */
  mode(type) {
    if (!this.#view || this.#view.mode.type === type) return;
    if (type === "slice") this.#slice(this.#axis);
    else this.#goTo(fitted(this.#modes.get(type) ?? fresh(type, this.#inputs.shaded.checked), this.#view.channels));
  }

  /** Goes on by so many planes of a slice. */
  step(count) {
    if (this.#view?.mode.type === "slice") this.#goToPlane(this.#plane(this.#view.mode) + count);
  }

  /** Goes on by so many times. */
  stepTime(count) {
    const time = Math.max(0, Math.min(this.#info.times - 1, this.#view.time + count));
    if (time !== this.#view.time) this.#onChange({ time });
  }

  #slice(axis) {
    if (this.#view.mode.axis === axis) return;
    this.#axis = axis;
    const across = this.#planes(axis);
    const middle = positionOf(across, Math.floor(across.count / 2));
    this.#goTo({ type: "slice", axis, position: this.#seen.get(axis)?.mode.position ?? middle });
  }

  #goTo(mode) {
    const seen = this.#seen.get(stance(mode));
    const moves = stance(mode) !== stance(this.#view.mode);
    this.#onChange(seen && moves ? { mode, camera: seen.camera } : { mode });
  }

  #goToPlane(index) {
    const { mode } = this.#view;
    this.#onChange({ mode: { ...mode, position: positionOf(this.#planes(mode.axis), index) } });
  }

  #plane(mode) {
    return planeAt(this.#planes(mode.axis), mode.position);
  }

  #planes(axis) {
    return planes(this.#info, this.#box, AXES.indexOf(axis));
  }

  #showPlane(mode) {
    const { count } = this.#planes(mode.axis);
    const { position, positionText } = this.#inputs;
    Object.assign(position, { min: 0, max: count - 1, step: 1, value: this.#plane(mode) });
    const place = `${mode.axis} ${Number(mode.position.toPrecision(5))} ${unitSymbol(this.#info.unit)}`.trim();
    positionText.textContent = `${this.#plane(mode) + 1} of ${count} (${place})`;
    position.setAttribute("aria-valuetext", positionText.textContent);
  }

  #showTime(time) {
    const { times, time_step: step, time_unit: unit } = this.#info;
    const passed = unit ? ` (${Number((time * step).toPrecision(5))} ${unitSymbol(unit)})` : "";
    this.#inputs.time.value = time;
    this.#inputs.timeText.textContent = `${time + 1} of ${times}${passed}`;
    this.#inputs.time.setAttribute("aria-valuetext", this.#inputs.timeText.textContent);
  }
}

function fresh(type, shaded) {
  return type === "dvr" || type === "iso" ? { type, shaded, isosurfaces: [], planes: [] } : { type };
}

function press(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}
