// The camera after each input, before the server says it: lines over a picture belong to the input that it shows.

import { heightBounds, orbit, pan, zoom } from "./navigate.js";

/** What the camera faces: the volume, or planes across a direction. */
export function stance(mode) {
  if (mode.type === "oblique") return String(mode.normal);
  return mode.type === "slice" ? mode.axis : "volume";
}

export class Cameras {
  #bounds = null;
  /** Inputs in order with the camera (null: only the server knows it) and mode after each. */
  #inputs = [];

  /** The server has opened a volume. */
  open(opened) {
    this.#bounds = heightBounds(opened.info);
    this.#inputs = [];
    this.confirm(opened);
  }

  /** Input `number` was sent. */
  sent(number, type, fields) {
    const last = this.#inputs.at(-1);
    if (!last || number <= last.number) return;
    this.#inputs.push({ number, type, fields, ...this.#after(last, type, fields) });
  }

  /** The server says the view after an input; those that were sent since go on from there. */
  confirm({ input, view }) {
    const older = this.#inputs.filter(({ number }) => number < input);
    const newer = this.#inputs.filter(({ number }) => number > input);
    this.#inputs = [...older, { number: input, camera: view.camera, mode: view.mode }];
    for (const { number, type, fields } of newer) this.sent(number, type, fields);
  }

  /** The camera after all that was sent; null if unknown. */
  get newest() {
    return this.#inputs.at(-1)?.camera ?? null;
  }

  /** The camera of a picture that shows `number` as its newest input, and never again of an older one; null if unknown. */
  of(number) {
    const next = this.#inputs.findIndex((input) => input.number > number);
    this.#inputs.splice(0, Math.max(0, (next < 0 ? this.#inputs.length : next) - 1));
    return this.#inputs[0]?.camera ?? null;
  }

  #after({ camera, mode }, type, fields) {
    if (type === "view") return { camera: fields.view.camera, mode: fields.view.mode };
    if (type === "reset") return { camera: null, mode };
    if (type === "change") {
      const turns = fields.mode && stance(fields.mode) !== stance(mode);
      return { camera: fields.camera ?? (turns ? null : camera), mode: fields.mode ?? mode };
    }
    const steer = { orbit, pan, zoom }[type];
    return { camera: camera && steer ? steer(camera, fields, this.#bounds) : camera, mode };
  }
}
