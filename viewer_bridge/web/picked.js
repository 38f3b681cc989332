// What is under the pointer: asked of the server at a click, and while alt is held; one question at a time.

import { unitSymbol } from "./units.js";

const DIGITS = 5;

export class Picked {
  #place;
  #ask;
  #info = null;
  /** The pixel that was asked for and not yet answered. */
  #asked = null;
  #next = null;

  /** `ask(x, y)` of a pixel; whoever gets the answer says it with `answer`, and that there is none with `clear`. */
  constructor(place, ask) {
    this.#place = place;
    this.#ask = ask;
  }

  open(info) {
    this.#info = info;
    this.clear();
  }

  /** The view has changed, and what was there is no longer there; or nobody can say. */
  clear() {
    this.#place.hidden = true;
    this.#asked = null;
    this.#next = null;
  }

  /** Asks for the pixel at `x` and `y`, shares of a picture of `size`; the newest counts. */
  pick(x, y, size) {
    const pixel = [x, y].map((share, i) => Math.max(0, Math.min(size[i] - 1, Math.floor(share * size[i]))));
    if (this.#asked) this.#next = pixel;
    else this.#question(pixel);
  }

  #question(pixel) {
    this.#asked = pixel;
    this.#ask(...pixel);
  }

  answer(picked) {
    // Of a pixel that was asked for before the view changed.
    if (picked.x !== this.#asked?.[0] || picked.y !== this.#asked[1]) return;
    this.#asked = null;
    this.#place.textContent = this.#words(picked);
    this.#place.hidden = false;
    if (this.#next) this.#question(this.#next);
    this.#next = null;
  }

  #words({ position, values, labels }) {
    if (!position) return "nothing here";
    const places = position.map((at, i) => `${"xyz"[i]} ${short(at)}`);
    const measured = values.map(({ channel, value }) => {
      const name = this.#info.channels[channel].label || `channel ${channel}`;
      return `${name} ${value === null ? "–" : short(value)}`;
    });
    const ids = labels.map(({ name, id }) => `${name} ${id}`);
    return [`${places.join(" ")} ${unitSymbol(this.#info.unit)}`.trim(), ...measured, ...ids].join(" · ");
  }
}

function short(number) {
  return Number(number.toPrecision(DIGITS));
}
