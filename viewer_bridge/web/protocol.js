// The native protocol as a browser reads it: docs/protocol.md has every byte.

const HEADER = 40;
const MAGIC = 0x46435856; // "VXCF", little-endian
const VERSION = 2;
const CODECS = { 1: "jpeg", 2: "png", 3: "webp", 4: "h264" };
const RUNGS = ["draft", "final", "refined"];

/** A frame out of a binary message; an Error where it is none. `bytes` is the picture, or a part of it. */
export function parseFrame(buffer) {
  const header = new DataView(buffer);
  if (buffer.byteLength < HEADER || header.getUint32(0, true) !== MAGIC || header.getUint8(4) !== VERSION) {
    throw new Error(`${buffer.byteLength} bytes from the server are no frame of version ${VERSION}: reload the page`);
  }
  return {
    codec: CODECS[header.getUint8(5)],
    rung: RUNGS[header.getUint8(6)],
    level: header.getUint8(7),
    quality: header.getUint8(8),
    key: header.getUint8(9) === 1,
    part: header.getUint8(10),
    parts: header.getUint8(11),
    frame: header.getUint32(12, true),
    input: header.getUint32(16, true),
    version: header.getUint32(20, true),
    encoded: [header.getUint16(24, true), header.getUint16(26, true)],
    width: header.getUint16(28, true),
    height: header.getUint16(30, true),
    renderMs: header.getUint32(32, true) / 1000,
    encodeMs: header.getUint32(36, true) / 1000,
    bytes: new Uint8Array(buffer, HEADER),
  };
}

/** Puts together pictures that come in parts. */
export class Parts {
  #parts = [];

  /** The whole picture of which `frame` is the last part, with all its bytes, a list of arrays; null before that. */
  add(frame) {
    if (frame.part === 0) this.#parts = [];
    this.#parts.push(frame.bytes);
    if (this.#parts.length !== frame.part + 1 || frame.part + 1 < frame.parts) return null;
    const bytes = this.#parts;
    this.#parts = [];
    return { ...frame, bytes };
  }
}
