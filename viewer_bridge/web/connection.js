// The WebSocket: numbers what is sent, comes back by itself when the server was gone.

import { Parts, parseFrame } from "./protocol.js";

const FIRST_DELAY = 500;
const LONGEST_DELAY = 8000;
/** Messages that answer no input. */
const UNNUMBERED = ["error", "picked", "members", "invited", "video"];

/**
 * Events: "up"; "down" with the milliseconds until the next try; "opened", "view", "members", "invited", "video",
 * "picked", "error" with the server's message; "frame" with a whole picture. Frames of a volume that is no longer wanted
 * are acknowledged and dropped here.
 */
export class Connection extends EventTarget {
  #url;
  #socket = null;
  #delay = FIRST_DELAY;
  #timer = 0;
  #openInput = 0;
  #parts = new Parts();
  input = 0;

  constructor(url) {
    super();
    this.#url = url;
  }

  get up() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.#timer);
    if (this.#socket && this.#socket.readyState <= WebSocket.OPEN) return;
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#delay = FIRST_DELAY;
      this.#parts = new Parts();
      this.#tell("up");
    };
    socket.onmessage = (event) => socket === this.#socket && this.#receive(event.data);
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#tell("down", this.#delay);
      this.#timer = setTimeout(() => this.connect(), this.#delay);
      this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY);
    };
    this.#socket = socket;
  }

  /** Ends the connection for good. */
  close() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Sends an input and returns its number; nothing is sent while the server is gone. */
  send(type, fields) {
    if (!this.up) return this.input;
    this.input += 1;
    if (type === "open") this.#openInput = this.input;
    this.#socket.send(JSON.stringify({ type, input: this.input, ...fields }));
    return this.input;
  }

  /** Sends what changes nothing and has no number. */
  ask(type, fields) {
    if (this.up) this.#socket.send(JSON.stringify({ type, ...fields }));
  }

  /** Everything up to this frame is on the screen, or was dropped for it. */
  acknowledge(frame, decodeMs) {
    this.ask("ack", { frame, decode_ms: decodeMs });
  }

  #receive(data) {
    if (typeof data === "string") {
      const message = JSON.parse(data);
      if (UNNUMBERED.includes(message.type) || message.input >= this.#openInput) this.#tell(message.type, message);
      return;
    }
    let frame;
    try {
      frame = parseFrame(data);
    } catch (error) {
      this.#tell("error", { message: error.message });
      return;
    }
    const whole = this.#parts.add(frame);
    if (!whole || whole.input < this.#openInput) this.acknowledge(frame.frame, 0);
    else this.#tell("frame", whole);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
