// The camera after each input, before the server says it: lines over a picture belong to the input that it shows.

import { heightBounds, orbit, pan, zoom } from "./navigate.js";

/** What the camera faces: the volume, or planes across a direction. */
export function stance(mode) {
  if (mode.type === "oblique") return String(mode.normal);
  return mode.type === "slice" ? mode.axis : "volume";
}

export class Cameras {
  #bounds = null;
  /** Inputs in order; after each the camera (null: only the server knows it), the mode, and the view's version. */
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
    // The size is this page's own and makes no version of the view that all see.
    const version = last.version + (Object.keys(fields).every((name) => name === "size") ? 0 : 1);
    this.#inputs.push({ number, type, fields, version, ...this.#after(last, type, fields) });
  }

  /** The server says the view after an input; those that were sent since go on from there. */
  confirm({ input, view, version }) {
    const older = this.#inputs.filter(({ number }) => number < input);
    const newer = this.#inputs.filter(({ number }) => number > input);
    this.#inputs = [...older, { number: input, version, camera: view.camera, mode: view.mode }];
    for (const { number, type, fields } of newer) this.sent(number, type, fields);
  }

  /** The camera after all that was sent; null if unknown. */
  get newest() {
    return this.#inputs.at(-1)?.camera ?? null;
  }

  /**
   * The camera of a picture that shows the input `number` and this version of the view, and never again of an older
   * input; null if unknown, as where somebody else has steered to that version.
   */
  of(number, version) {
    const next = this.#inputs.findIndex((input) => input.number > number);
    this.#inputs.splice(0, Math.max(0, (next < 0 ? this.#inputs.length : next) - 1));
    const [shown] = this.#inputs;
    return shown?.version === version ? shown.camera : null;
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
