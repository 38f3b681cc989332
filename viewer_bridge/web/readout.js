// The corner: frame rate, latency, level, renderer; and how long the server has been silent.

const SECOND = 1000;
const SILENCE = 1500;

export class Readout {
  #place;
  #sent = new Map();
  #drawn = [];
  #latency = null;
  #frame = null;
  #opened = null;

  constructor(place) {
    this.#place = place;
    setInterval(() => this.#write(), SECOND / 2);
  }

  open(opened) {
    this.#opened = opened;
    this.#frame = null;
    this.#latency = null;
    this.#drawn = [];
    this.#sent.clear();
  }

  /** Input `number` came about at `since`, by performance.now(). */
  sent(number, since) {
    this.#sent.set(number, since);
  }

  /** The server answered input `number` without a picture. */
  answered(number) {
    this.#sent.delete(number);
  }

  drawn(frame) {
    const now = performance.now();
    if (this.#sent.has(frame.input)) this.#latency = now - this.#sent.get(frame.input);
    for (const number of this.#sent.keys()) if (number <= frame.input) this.#sent.delete(number);
    this.#frame = frame;
    this.#drawn.push(now);
    this.#write();
  }

  clear() {
    this.#opened = null;
    this.#write();
  }

  get #rate() {
    return this.#frame.rung === "draft" ? `${this.#drawn.length} fps` : "still";
  }

  #write() {
    if (!this.#opened || !this.#frame) {
      this.#place.textContent = "";
      return;
    }
    const now = performance.now();
    this.#drawn = this.#drawn.filter((time) => now - time < SECOND);
    const [oldest] = this.#sent.values();
    const silent = oldest === undefined ? 0 : now - oldest;
    const levels = this.#opened.info.levels;
    const parts = [
      silent > SILENCE ? `waiting ${Math.round(silent / SECOND)} s` : this.#rate,
      this.#latency === null ? null : `${Math.round(this.#latency)} ms`,
      `level ${this.#frame.level} (0 to ${levels.length - 1})`,
      this.#frame.rung,
      this.#opened.renderer,
    ];
    this.#place.textContent = parts.filter(Boolean).join(" · ");
    const [depth, height, width] = levels[this.#frame.level].shape;
    this.#place.title =
      `Drawn from ${width} × ${height} × ${depth} voxels; level 0 is the finest. ` +
      `The last picture took ${this.#frame.renderMs.toFixed(1)} ms to draw and ${this.#frame.encodeMs.toFixed(1)} ms to encode.`;
  }
}
