// The native protocol as a browser reads it: docs/protocol.md has every byte.

const HEADER = 32;
const MAGIC = 0x46435856; // "VXCF", little-endian
const VERSION = 1;
const MEDIA_TYPES = { 1: "image/jpeg", 2: "image/png", 3: "image/webp" };
const RUNGS = ["draft", "final", "refined"];

/** A frame out of a binary message; an Error where it is none. */
export function parseFrame(buffer) {
  const bytes = new DataView(buffer);
  if (buffer.byteLength < HEADER || bytes.getUint32(0, true) !== MAGIC || bytes.getUint8(4) !== VERSION) {
    throw new Error(`${buffer.byteLength} bytes from the server are no frame of version ${VERSION}: reload the page`);
  }
  return {
    rung: RUNGS[bytes.getUint8(6)],
    level: bytes.getUint8(7),
    frame: bytes.getUint32(8, true),
    input: bytes.getUint32(12, true),
    width: bytes.getUint16(20, true),
    height: bytes.getUint16(22, true),
    renderMs: bytes.getUint32(24, true) / 1000,
    encodeMs: bytes.getUint32(28, true) / 1000,
    picture: new Blob([new Uint8Array(buffer, HEADER)], { type: MEDIA_TYPES[bytes.getUint8(5)] }),
  };
}
