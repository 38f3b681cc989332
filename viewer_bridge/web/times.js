// One time after the other: as fast as is wished, but none before the picture of the last one is seen.

import { keep, recall } from "./kept.js";

export class TimePlayer {
  #button;
  #speed;
  #repeat;
  #go;
  #seen;
  #times = 1;
  #time = 0;
  #direction = 1;
  #playing = false;
  #timer = 0;
  #since = 0;
  /** The input that shows the last time, once it is sent and until it is seen. */
  #awaited = null;
  #drawn = 0;

  /** `go(time)` shows a time; `seen()` says whether whatever else shows it has caught up. */
  constructor(find, go, seen) {
    this.#button = find("play");
    this.#speed = find("speed");
    this.#repeat = find("repeat");
    this.#go = go;
    this.#seen = seen;
    this.#button.addEventListener("click", () => this.toggle());
    for (const input of [this.#speed, this.#repeat]) {
      input.value = recall(input.id, input.value);
      input.addEventListener("change", () => keep(input.id, input.value));
    }
  }

  open(info) {
    this.stop();
    this.#times = info.times;
    this.#direction = 1;
    this.#drawn = 0;
  }

  show(view) {
    this.#time = view.time;
  }

  toggle() {
    if (this.#playing) this.stop();
    else if (this.#times > 1) this.#play();
  }

  stop() {
    this.#playing = false;
    this.#awaited = null;
    clearTimeout(this.#timer);
    this.#name("Play");
  }

  /** A time was asked for by input `number`. */
  sent(number) {
    if (this.#playing) this.#awaited = number;
  }

  /** The server would not show it. */
  refused(number) {
    if (this.#awaited !== null && number === this.#awaited) this.stop();
  }

  /** A picture is on the screen that shows everything up to `input`. */
  drawn(input = this.#drawn) {
    this.#drawn = input;
    if (this.#awaited === null || input < this.#awaited || !this.#seen()) return;
    this.#awaited = null;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#step(), this.#since + 1000 / Number(this.#speed.value) - performance.now());
  }

  #play() {
    this.#playing = true;
    this.#name("Pause");
    if (this.#repeat.value === "once" && this.#time === this.#times - 1) this.#show(0);
    else this.#step();
  }

  #step() {
    const next = this.#next();
    if (next === null) this.stop();
    else this.#show(next);
  }

  #show(time) {
    this.#since = performance.now();
    this.#go(time);
  }

  #next() {
    const last = this.#times - 1;
    if (this.#repeat.value !== "bounce") this.#direction = 1;
    const next = this.#time + this.#direction;
    if (next >= 0 && next <= last) return next;
    if (this.#repeat.value === "once") return null;
    if (this.#repeat.value === "loop") return 0;
    this.#direction = -this.#direction;
    return this.#time + this.#direction;
  }

  #name(action) {
    this.#button.setAttribute("aria-label", action);
    this.#button.title = `${action} (space)`;
    this.#button.dataset.action = action;
  }
}
