// The WebSocket: numbers what is sent, comes back by itself when the server was gone.

import { parseFrame } from "./protocol.js";

const FIRST_DELAY = 500;
const LONGEST_DELAY = 8000;

/**
 * Events: "up"; "down" with the milliseconds until the next try; "opened", "view", "picked", "error" with the server's message;
 * "frame" with a frame. Frames of a volume that is no longer wanted are acknowledged and dropped here.
 */
export class Connection extends EventTarget {
  #url;
  #socket = null;
  #delay = FIRST_DELAY;
  #timer = 0;
  #openInput = 0;
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
      this.#tell("up");
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#tell("down", this.#delay);
      this.#timer = setTimeout(() => this.connect(), this.#delay);
      this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY);
    };
    this.#socket = socket;
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
    if (this.up) this.#socket.send(JSON.stringify({ type: "ack", frame, decode_ms: decodeMs }));
  }

  #receive(data) {
    if (typeof data === "string") {
      const message = JSON.parse(data);
      const unnumbered = message.type === "error" || message.type === "picked";
      if (unnumbered || message.input >= this.#openInput) this.#tell(message.type, message);
      return;
    }
    let frame;
    try {
      frame = parseFrame(data);
    } catch (error) {
      this.#tell("error", { message: error.message });
      return;
    }
    if (frame.input < this.#openInput) this.acknowledge(frame.frame, 0);
    else this.#tell("frame", frame);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
