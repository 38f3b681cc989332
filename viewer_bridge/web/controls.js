// Mode, slice, time and background: the page's inputs <-> changes of the View.

import { fromHex, toHex } from "./color.js";
import { unitSymbol } from "./units.js";

const AXES = ["x", "y", "z"];

/** The planes of a slice across `axis` (0 x, 1 y, 2 z): world position of the first, distance, and how many. */
function planes(info, axis) {
  const finest = info.levels[0];
  // Levels speak the array's order, z y x.
  const [first, spacing, count] = [finest.origin[2 - axis], finest.spacing[2 - axis], finest.shape[2 - axis]];
  return { first, spacing, count };
}

export class Controls {
  #info = null;
  #view = null;
  #onChange;
  #inputs;
  #axis = "z";
  /** The last mode and camera of "volume", "x", "y" and "z" that the server confirmed: coming back finds them. */
  #seen = new Map();

  /** `inputs` are the page's elements by name; `onChange(fields)` with the fields of a change message. */
  constructor(inputs, onChange) {
    this.#inputs = inputs;
    this.#onChange = onChange;
    for (const button of inputs.modes) button.addEventListener("click", () => this.mode(button.dataset.mode));
    for (const button of inputs.axes) button.addEventListener("click", () => this.#slice(button.dataset.axis));
    inputs.shaded.addEventListener("change", () => onChange({ mode: { type: "dvr", shaded: inputs.shaded.checked } }));
    inputs.position.addEventListener("input", () => this.#goToPlane(inputs.position.valueAsNumber));
    inputs.time.addEventListener("input", () => onChange({ time: inputs.time.valueAsNumber }));
    inputs.background.addEventListener("input", () => onChange({ background: [...fromHex(inputs.background.value), 1] }));
  }

  get slicing() {
    return this.#view?.mode.type === "slice";
  }

  open(info) {
    this.#info = info;
    this.#axis = "z";
    this.#seen.clear();
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
    for (const button of this.#inputs.modes) press(button, button.dataset.mode === mode.type);
    for (const button of this.#inputs.axes) press(button, button.dataset.axis === mode.axis);
    this.#inputs.shadedRow.hidden = mode.type !== "dvr";
    if (mode.type === "dvr") this.#inputs.shaded.checked = mode.shaded;
    this.#inputs.slice.hidden = mode.type !== "slice";
    if (mode.type === "slice") this.#showPlane(mode);
    this.#inputs.background.value = toHex(view.background);
    this.#showTime(view.time);
  }

  /** Goes to "dvr", "mip" or "slice". */
  mode(type) {
    if (!this.#view || this.#view.mode.type === type) return;
    if (type === "slice") this.#slice(this.#axis);
    else this.#goTo(type === "mip" ? { type } : { type, shaded: this.#inputs.shaded.checked });
  }

  /** Goes on by so many planes of a slice. */
  step(count) {
    if (this.slicing) this.#goToPlane(this.#plane(this.#view.mode) + count);
  }

  /** Goes on by so many times. */
  stepTime(count) {
    const time = Math.max(0, Math.min(this.#info.times - 1, this.#view.time + count));
    if (time !== this.#view.time) this.#onChange({ time });
  }

  #slice(axis) {
    if (this.#view.mode.axis === axis) return;
    this.#axis = axis;
    const { first, spacing, count } = planes(this.#info, AXES.indexOf(axis));
    const middle = first + Math.floor(count / 2) * spacing;
    this.#goTo({ type: "slice", axis, position: this.#seen.get(axis)?.mode.position ?? middle });
  }

  #goTo(mode) {
    const seen = this.#seen.get(stance(mode));
    const moves = stance(mode) !== stance(this.#view.mode);
    this.#onChange(seen && moves ? { mode, camera: seen.camera } : { mode });
  }

  #goToPlane(index) {
    const { axis } = this.#view.mode;
    const { first, spacing, count } = planes(this.#info, AXES.indexOf(axis));
    const kept = Math.max(0, Math.min(count - 1, index));
    this.#onChange({ mode: { type: "slice", axis, position: first + kept * spacing } });
  }

  #plane(mode) {
    const { first, spacing } = planes(this.#info, AXES.indexOf(mode.axis));
    return Math.round((mode.position - first) / spacing);
  }

  #showPlane(mode) {
    const { count } = planes(this.#info, AXES.indexOf(mode.axis));
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

/** What the camera faces: the volume, or an axis. */
function stance(mode) {
  return mode.type === "slice" ? mode.axis : "volume";
}

function press(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}
