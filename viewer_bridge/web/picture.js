// The canvas: decodes frames, draws the newest, follows the size of its place on the page.

const MAX_RATIO = 2;
const MAX_PIXELS = 2560 * 1440;
const MAX_SIDE = 4096;

export class Picture {
  #canvas;
  #context;
  #decoding = false;
  #next = null;
  #onDrawn;
  #onDropped;

  /** `onDrawn(frame, decodeMs)` after a frame is on the canvas; `onDropped(frame, error)` where it can't be decoded. */
  constructor(canvas, onDrawn, onDropped) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#onDrawn = onDrawn;
    this.#onDropped = onDropped;
  }

  /** [width, height] in pixels that fit the canvas' place, bounded: a very fine screen is not worth its pixels. */
  get size() {
    const { width, height } = this.#canvas.getBoundingClientRect();
    const ratio = Math.min(devicePixelRatio, MAX_RATIO, Math.sqrt(MAX_PIXELS / Math.max(1, width * height)));
    return [width, height].map((side) => Math.max(16, Math.min(MAX_SIDE, Math.round(side * ratio))));
  }

  onResize(callback) {
    new ResizeObserver(() => callback(this.size)).observe(this.#canvas);
  }

  /** Draws `frame` unless a newer one comes before its turn. */
  async show(frame) {
    this.#next = frame;
    if (this.#decoding) return;
    this.#decoding = true;
    while (this.#next) {
      const current = this.#next;
      this.#next = null;
      try {
        await this.#draw(current);
      } catch (error) {
        this.#onDropped(current, error);
      }
    }
    this.#decoding = false;
  }

  async #draw(frame) {
    const began = performance.now();
    const bitmap = await createImageBitmap(frame.picture);
    const canvas = this.#canvas;
    if (canvas.width !== frame.width || canvas.height !== frame.height) {
      canvas.width = frame.width;
      canvas.height = frame.height;
    }
    this.#context.imageSmoothingQuality = "high";
    this.#context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    // For whoever waits for a picture from outside, such as the tests.
    Object.assign(canvas.dataset, { frame: frame.frame, input: frame.input, rung: frame.rung, level: frame.level });
    this.#onDrawn(frame, performance.now() - began);
  }
}
