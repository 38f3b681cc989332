// A slice beside the volume: a canvas with a stream of its own.

import { Connection } from "./connection.js";
import { Picture } from "./picture.js";

export class SlicePanel {
  #canvas;
  #cross;
  #place;
  #url;
  #told;
  #picture;
  #connection = null;
  #view = null;
  /** What the server knows of the view, by field, as JSON; null while it has no volume open here. */
  #known = null;
  /** The same of the view that it is opening. */
  #asked = null;
  #scheduled = false;
  /** The last input of which no picture will come. */
  #refused = null;

  /** `told` has drawn(), resized() and failed(message). */
  constructor(element, url, told) {
    this.#canvas = element.querySelector("canvas");
    this.#cross = element.querySelector(".cross");
    this.#place = element.querySelector(".place");
    this.#url = url;
    this.#told = told;
    this.#picture = new Picture(
      this.#canvas,
      (frame, decodeMs) => {
        this.#connection?.acknowledge(frame.frame, decodeMs);
        told.drawn();
      },
      (frame) => {
        this.#connection?.acknowledge(frame.frame, 0);
        this.#refuse(frame.input);
      },
    );
    this.#picture.onResize(() => told.resized());
  }

  get canvas() {
    return this.#canvas;
  }

  /** Of the picture, in its own pixels. */
  get size() {
    return this.#picture.size;
  }

  /** Whether what was asked for last has yet to be seen. */
  get behind() {
    const { input, sent } = this.#canvas.dataset;
    return Boolean(this.#connection?.up) && (this.#scheduled || (input !== sent && sent !== this.#refused));
  }

  /** Shows `view`, on a connection that is made where there is none; `again` opens its volume anew. */
  show(view, again = false) {
    const opens = again || view.volume !== this.#view?.volume;
    this.#view = view;
    if (!this.#connection) this.#connect();
    else if (opens && !this.#connection.up) this.#connection.connect();
    else if (opens) this.#open();
    else this.#changeSoon();
  }

  /** Ends the connection. */
  close() {
    const connection = this.#connection;
    this.#connection = this.#known = null;
    connection?.close();
  }

  /** Draws the lines of the other planes, which meet at the pixel [x, y] of the page. */
  mark([x, y]) {
    this.#cross.style.setProperty("--x", `${Math.floor(x)}px`);
    this.#cross.style.setProperty("--y", `${Math.floor(y)}px`);
  }

  /** Says which of `count` planes is shown, from 0, and `words` for it. */
  describe(index, count, words) {
    this.#place.textContent = words;
    const values = { now: index + 1, min: 1, max: count, text: words };
    for (const [name, value] of Object.entries(values)) this.#canvas.setAttribute(`aria-value${name}`, value);
  }

  #connect() {
    const connection = new Connection(this.#url);
    const on = (type, react) =>
      connection.addEventListener(type, ({ detail }) => connection === this.#connection && react(detail));
    on("up", () => {
      this.#picture.restart();
      this.#open();
    });
    on("down", () => {
      this.#known = null;
      // What is on the canvas is what nobody asked for any more.
      this.#canvas.dataset.sent = "";
    });
    on("opened", () => {
      this.#known = this.#asked;
      this.#change();
    });
    on("error", ({ message, input }) => {
      this.#told.failed(message);
      this.#refuse(input);
    });
    on("frame", (frame) => this.#picture.show(frame));
    this.#connection = connection;
    connection.connect();
  }

  #refuse(input) {
    this.#refused = String(input);
    this.#told.drawn();
  }

  #open() {
    this.#known = null;
    this.#asked = fieldsOf(this.#view);
    const { volume, size } = this.#view;
    this.#send("open", { volume, size, view: this.#view });
  }

  #changeSoon() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#change();
    });
  }

  #change() {
    if (!this.#known) return;
    const fields = fieldsOf(this.#view);
    const changed = Object.keys(fields).filter((name) => fields[name] !== this.#known[name]);
    if (changed.length === 0) return;
    this.#known = fields;
    this.#send("change", Object.fromEntries(changed.map((name) => [name, this.#view[name]])));
  }

  #send(type, fields) {
    this.#canvas.dataset.sent = this.#connection.send(type, fields);
  }
}

/** What a change may say of a view, each as JSON. */
function fieldsOf({ volume, ...fields }) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)]));
}
