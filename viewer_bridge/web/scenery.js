// What is around the volume: light, labels, the clip box, and lines; the page's inputs <-> changes of the View.

import { cross, minus, unit } from "./vectors.js";

const AXES = ["x", "y", "z"];
const LIT = ["dvr", "iso"];
/** Opacity of a label image that is switched on. */
const LABELS_OPACITY = 0.5;

export class Scenery {
  #view = null;
  #box = null;
  #find;
  #onChange;
  #labels = [];
  #clip;

  /** `find(id)` an element of the page; `onChange(fields)` with the fields of a change message. */
  constructor(find, onChange) {
    this.#find = find;
    this.#onChange = onChange;
    find("light").addEventListener("change", () => onChange({ lights: [this.#light(find("light").value)] }));
    find("depth-cue").addEventListener("input", () =>
      onChange({ shading: { ...this.#view.shading, depth_cue: find("depth-cue").valueAsNumber } }),
    );
    for (const input of this.#lines) {
      input.addEventListener("change", () =>
        onChange({ annotations: { ...this.#view.annotations, [input.dataset.line]: input.checked } }),
      );
    }
    this.#clip = AXES.map((axis) => ["from", "to"].map((end) => clipSlider(axis, end)));
    find("clip").replaceChildren(...this.#clip.flat().map(({ row }) => row));
    this.#clip.forEach((ends, axis) =>
      ends.forEach(({ input }, end) => input.addEventListener("input", () => this.#onClip(axis, end))),
    );
  }

  get #lines() {
    return document.querySelectorAll("[data-line]");
  }

  open({ info, box }) {
    this.#box = box;
    this.#labels = info.labels.map((name) => labelRow(name, (changes) => this.#onLabels(name, changes)));
    this.#find("labels").replaceChildren(...this.#labels.map(({ row }) => row));
    this.#find("labels").hidden = info.labels.length === 0;
  }

  show(view) {
    this.#view = view;
    this.#find("lit").hidden = !LIT.includes(view.mode.type);
    this.#find("lighting").hidden = !view.mode.shaded;
    this.#find("light").value = view.lights[0]?.type === "directional" ? "side" : "headlight";
    this.#find("depth-cue").value = view.shading.depth_cue;
    for (const input of this.#lines) input.checked = view.annotations[input.dataset.line];
    for (const { name, shown, opacity } of this.#labels) {
      const labels = view.labels.find((one) => one.name === name);
      shown.checked = labels !== undefined;
      opacity.disabled = !labels;
      opacity.value = labels?.opacity ?? LABELS_OPACITY;
    }
    const kept = this.#kept;
    this.#clip.forEach((ends, axis) => ends.forEach(({ input }, end) => (input.value = this.#share(kept[end][axis], axis))));
  }

  get #kept() {
    return this.#view.clip.box ?? [this.#box.lower, this.#box.upper];
  }

  /** What the box keeps along one axis goes on at least one step. */
  #onClip(axis, moving) {
    const [from, to] = this.#clip[axis].map(({ input }) => input);
    if (from.valueAsNumber >= to.valueAsNumber) {
      if (moving === 0) from.value = to.valueAsNumber - Number(to.step);
      else to.value = from.valueAsNumber + Number(from.step);
    }
    const whole = this.#clip.every(([lower, upper]) => lower.input.value === "0" && upper.input.value === "1");
    // Faces that were put by hand lie between the slider's steps and stay there.
    const box = this.#kept.map((corner) => [...corner]);
    box[moving][axis] = this.#place(this.#clip[axis][moving].input.valueAsNumber, axis);
    this.#onChange({ clip: { ...this.#view.clip, box: whole ? null : box } });
  }

  #share(place, axis) {
    return (place - this.#box.lower[axis]) / (this.#box.upper[axis] - this.#box.lower[axis]);
  }

  #place(share, axis) {
    return this.#box.lower[axis] + share * (this.#box.upper[axis] - this.#box.lower[axis]);
  }

  #onLabels(name, { shown, opacity }) {
    const others = this.#view.labels.filter((one) => one.name !== name);
    const old = this.#view.labels.find((one) => one.name === name);
    const unit = this.#view.channels[0].transfer.unit_distance;
    const labels = { name, unit_distance: unit, ids: [], outline: false, ...old, opacity };
    this.#onChange({ labels: shown ? [...others, labels] : others });
  }

  /** At the eye, or from over the left shoulder of who looks now: it stays there when the volume is turned. */
  #light(kind) {
    if (kind === "headlight") return { type: "headlight", intensity: 1, color: [1, 1, 1] };
    const { position, target, up } = this.#view.camera;
    const forward = unit(minus(target, position));
    const right = unit(cross(forward, up));
    const down = cross(forward, right);
    const direction = forward.map((part, i) => part + right[i] + down[i]);
    return { type: "directional", direction, intensity: 1, color: [1, 1, 1] };
  }
}

function clipSlider(axis, end) {
  const input = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 1, step: 0.01 });
  input.setAttribute("aria-label", `Clip ${axis} ${end}`);
  const row = document.createElement("label");
  row.className = "opacity-row";
  row.append(`${axis} ${end}`, input);
  return { row, input };
}

function labelRow(name, onEdit) {
  const shown = Object.assign(document.createElement("input"), { type: "checkbox" });
  shown.setAttribute("aria-label", `Show labels ${name}`);
  const opacity = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 1, step: 0.01 });
  opacity.setAttribute("aria-label", `Opacity of labels ${name}`);
  const row = document.createElement("div");
  row.className = "row";
  const named = document.createElement("label");
  named.append(shown, ` ${name}`);
  row.append(named, opacity);
  for (const input of [shown, opacity]) {
    input.addEventListener("input", () => onEdit({ shown: shown.checked, opacity: opacity.valueAsNumber }));
  }
  return { name, row, shown, opacity };
}
