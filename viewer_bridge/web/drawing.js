// The stream's pictures: in which codecs they may come, what the server hears of each, and what is asked where one is lost.

import { keep, recall } from "./kept.js";
import { Picture } from "./picture.js";
import { decodesVideo } from "./video.js";

/** Pictures of H.264 that may fail before the page asks for none any more. */
const PATIENCE = 3;

export class Drawing {
  #connection;
  #picture;
  #say;
  #lost = 0;
  #codecs = ["jpeg", "webp"];
  #lossless = false;

  /** `onDrawn(frame)` after a frame is on the canvas; `say(text)` to the user. */
  constructor(canvas, connection, onDrawn, say) {
    this.#connection = connection;
    this.#say = say;
    const drawn = (frame, decodeMs) => {
      connection.acknowledge(frame.frame, decodeMs);
      onDrawn(frame);
    };
    this.#picture = new Picture(canvas, drawn, (frame, error) => this.#dropped(frame, error));
    connection.addEventListener("video", ({ detail }) => this.#picture.configure(detail));
    connection.addEventListener("frame", ({ detail: frame }) => this.#picture.show(frame));
  }

  /** What the server may send, as `open` says it. */
  get taste() {
    return { codecs: this.#codecs, lossless: this.#lossless };
  }

  get size() {
    return this.#picture.size;
  }

  onResize(callback) {
    this.#picture.onResize(callback);
  }

  /** Lets video come where this browser decodes it. */
  async tryVideo() {
    if (await decodesVideo()) this.#codecs.push("h264");
  }

  /** Still pictures come without loss where `box` is checked, which the browser remembers. */
  chooseLossless(box) {
    this.#lossless = box.checked = recall("lossless", false);
    box.addEventListener("change", () => {
      this.#lossless = box.checked;
      keep("lossless", box.checked);
      this.#connection.ask("prefer", { lossless: box.checked });
    });
  }

  /** The connection is another. */
  restart() {
    this.#picture.restart();
    this.#lost = 0;
  }

  #dropped(frame, error) {
    // The server sends only so many that it hears nothing of.
    this.#connection.acknowledge(frame.frame, 0);
    if (frame.codec !== "h264") {
      this.#say(`A picture could not be shown: ${error.message}`);
      return;
    }
    // The key frame that is wanted has been asked for.
    if (error === null) return;
    this.#lost += 1;
    if (this.#lost >= PATIENCE) this.#codecs = this.#codecs.filter((codec) => codec !== "h264");
    this.#connection.ask("prefer", { keyframe: true, codecs: this.#codecs });
  }
}
