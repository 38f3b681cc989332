// Shows a movie in the stream: the views between keyframes come from the server, which alone knows how to go.

import { between } from "./movies.js";

/** Views a second: the picture follows as fast as it can. */
const RATE = 20;
const MOST = 600;
const LEFT = ["volume", "size"];

export class Playback {
  #on;
  #views = null;
  #asked = null;
  #wanted = 0;
  #frame = 0;
  #at = 0;
  #sent = {};

  /** `on` has animation(), change(fields), whether that was allowed, moved(seconds, total), stopped() and say(text). */
  constructor(on) {
    this.#on = on;
  }

  get playing() {
    return this.#frame !== 0;
  }

  /** The keyframes are others now. */
  forget() {
    this.stop();
    this.#asked = null;
    this.#at = 0;
  }

  /** Goes on from where it is, or from the beginning if that is the end. */
  async play() {
    if (!(await this.#load()) || this.playing) return;
    if (this.#at >= this.#views.seconds) this.#at = 0;
    const began = performance.now() - 1000 * this.#at;
    const step = (now) => {
      this.#frame = requestAnimationFrame(step);
      this.#show((now - began) / 1000);
      if (this.#at >= this.#views.seconds) this.stop();
    };
    this.#sent = {};
    this.#frame = requestAnimationFrame(step);
  }

  stop() {
    if (!this.playing) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#on.stopped();
  }

  /** Shows what is at `share`, 0 to 1, of the movie. */
  async seek(share) {
    this.stop();
    this.#sent = {};
    this.#wanted = share;
    if ((await this.#load()) && share === this.#wanted) this.#show(share * this.#views.seconds);
  }

  /** Whether the views of the present keyframes are there; they are asked for once. */
  async #load() {
    const asked = (this.#asked ??= this.#fetch());
    const views = await asked;
    if (asked !== this.#asked) return false;
    this.#views = views;
    if (!views) this.#asked = null;
    return views !== null;
  }

  async #fetch() {
    const animation = this.#on.animation();
    const seconds = animation.keyframes.reduce((sum, one) => sum + one.seconds, 0);
    try {
      return await between(animation, Math.min(MOST, Math.ceil(seconds * RATE) + 2));
    } catch (error) {
      this.#on.say(error.message);
      return null;
    }
  }

  #show(seconds) {
    const { views, seconds: total } = this.#views;
    this.#at = Math.min(Math.max(seconds, 0), total);
    const view = views[Math.round((this.#at / total) * (views.length - 1))];
    const fields = {};
    for (const [name, value] of Object.entries(view)) {
      const text = JSON.stringify(value);
      if (LEFT.includes(name) || this.#sent[name] === text) continue;
      this.#sent[name] = text;
      fields[name] = value;
    }
    if (Object.keys(fields).length && !this.#on.change(fields)) this.stop();
    else this.#on.moved(this.#at, total);
  }
}
