// The canvas: decodes frames, draws the newest, follows the size of its place on the page.

import { Video } from "./video.js";

const MAX_RATIO = 2;
const MAX_PIXELS = 2560 * 1440;
const MAX_SIDE = 4096;

export class Picture {
  #canvas;
  #context;
  #decoding = false;
  #next = null;
  #drawn = 0;
  #generation = 0;
  #onDrawn;
  #onDropped;
  #video;

  /** `onDrawn(frame, decodeMs)` after a frame is on the canvas; `onDropped(frame, error)` of one that never is: see Video. */
  constructor(canvas, onDrawn, onDropped) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#onDrawn = onDrawn;
    this.#onDropped = onDropped;
    this.#video = new Video(
      (frame, picture, began) => this.#draw(frame, picture, began),
      (frame, error) => onDropped(frame, error),
    );
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

  /** How the H.264 that follows is to be decoded: the server's message `video`. */
  configure(video) {
    this.#video.configure(video);
  }

  /** Draws `frame` unless a newer one comes before its turn; of H.264 every frame is decoded. */
  async show(frame) {
    if (frame.codec === "h264") {
      this.#video.show(frame);
      return;
    }
    this.#next = frame;
    if (this.#decoding) return;
    this.#decoding = true;
    while (this.#next) {
      const current = this.#next;
      this.#next = null;
      await this.#decode(current);
    }
    this.#decoding = false;
  }

  /** Of a frame that the connection before sent nobody hears: its number means another one now. */
  async #decode(frame) {
    const generation = this.#generation;
    const began = performance.now();
    try {
      const picture = await createImageBitmap(new Blob(frame.bytes, { type: `image/${frame.codec}` }));
      if (generation === this.#generation) this.#draw(frame, picture, began);
      else picture.close();
    } catch (error) {
      if (generation === this.#generation) this.#onDropped(frame, error);
    }
  }

  #draw(frame, picture, began) {
    // Two decoders are at work where a still follows a video: what is newer stays.
    if (frame.frame > this.#drawn) this.#paint(frame, picture);
    picture.close();
    this.#onDrawn(frame, performance.now() - began);
  }

  #paint(frame, picture) {
    this.#drawn = frame.frame;
    const canvas = this.#canvas;
    if (canvas.width !== frame.width || canvas.height !== frame.height) {
      canvas.width = frame.width;
      canvas.height = frame.height;
    }
    this.#context.imageSmoothingQuality = "high";
    // What is beyond the encoded size is no part of it: H.264 of an odd side has its last column or row twice.
    this.#context.drawImage(picture, 0, 0, ...frame.encoded, 0, 0, canvas.width, canvas.height);
    // For whoever waits for a picture from outside, such as the tests.
    const { input, rung, level, codec, version } = frame;
    Object.assign(canvas.dataset, { frame: frame.frame, input, rung, level, codec, version });
  }

  /** Frame numbers begin anew: the connection is another. */
  restart() {
    this.#generation += 1;
    this.#drawn = 0;
    this.#next = null;
    this.#video.close();
  }
}
