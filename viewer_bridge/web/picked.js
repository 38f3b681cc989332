// What is under the pointer: asked of the server at a click, and while alt is held; one question at a time.

import { unitSymbol } from "./units.js";

const DIGITS = 5;

export class Picked {
  #place;
  #ask;
  #onClicked;
  #info = null;
  /** The pixel that was asked for and not yet answered, and whether it was clicked. */
  #asked = null;
  #next = null;

  /**
   * `ask(x, y)` of a pixel; whoever gets the answer says it with `answer`, and that there is none with `clear`.
   * `onClicked(picked)` with what is where it was clicked.
   */
  constructor(place, ask, onClicked = () => {}) {
    this.#place = place;
    this.#ask = ask;
    this.#onClicked = onClicked;
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

  /** Asks for the pixel at `x` and `y`, shares of a picture of `size`; the newest counts, but not before a click. */
  pick(x, y, size, clicked = true) {
    const question = { pixel: pixelAt(x, y, size), clicked };
    if (!this.#asked) this.#question(question);
    else if (clicked || !this.#next?.clicked) this.#next = question;
  }

  #question(question) {
    this.#asked = question;
    this.#ask(...question.pixel);
  }

  answer(picked) {
    // Of a pixel that was asked for before the view changed.
    if (picked.x !== this.#asked?.pixel[0] || picked.y !== this.#asked.pixel[1]) return;
    const { clicked } = this.#asked;
    this.#asked = null;
    this.#place.textContent = this.#words(picked);
    this.#place.hidden = false;
    if (clicked) this.#onClicked(picked);
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
    // A number in JSON is read as one of 53 bits.
    const ids = labels.map(({ name, id }) => `${name} ${Number.isSafeInteger(id) ? id : `about ${id}`}`);
    return [`${places.join(" ")} ${unitSymbol(this.#info.unit)}`.trim(), ...measured, ...ids].join(" · ");
  }
}

/** [x, y] of the pixel at `x` and `y`, shares of a picture of `size`. */
export function pixelAt(x, y, size) {
  return [x, y].map((share, i) => Math.max(0, Math.min(size[i] - 1, Math.floor(share * size[i]))));
}

function short(number) {
  return Number(number.toPrecision(DIGITS));
}
