// H.264 frames to pictures, by WebCodecs: there is none on a page that came over plain http from another machine.

/** Whether this browser decodes what the server encodes. */
export async function decodesVideo() {
  if (!globalThis.VideoDecoder) return false;
  const asked = { codec: "avc1.42E01F", codedWidth: 640, codedHeight: 480, optimizeForLatency: true };
  return (await VideoDecoder.isConfigSupported(asked)).supported === true;
}

export class Video {
  #decoder = null;
  #config = null;
  #waiting = new Map();
  #onPicture;
  #onLost;

  /** `onPicture(frame, picture, began)` of each decoded frame, to be closed there; `onLost(error)` where decoding failed. */
  constructor(onPicture, onLost) {
    this.#onPicture = onPicture;
    this.#onLost = onLost;
  }

  /** The server's message `video`: what follows is encoded like this. */
  configure({ codec, width, height }) {
    this.#config = { codec, codedWidth: width, codedHeight: height, optimizeForLatency: true };
    this.#begin();
  }

  /** Decodes a frame of the stream. Pictures come in the order of their frames. */
  show(frame) {
    if (this.#decoder?.state !== "configured") {
      this.#onLost(frame, new Error("no decoder is set up for this video"));
      return;
    }
    this.#waiting.set(frame.frame, { frame, began: performance.now() });
    const [data] = frame.bytes;
    try {
      this.#decoder.decode(
        new EncodedVideoChunk({ type: frame.key ? "key" : "delta", timestamp: frame.frame, data }),
      );
    } catch (error) {
      // A decoder that was set up anew begins with a key frame and refuses the others, which are on their way.
      this.#lost(error);
    }
  }

  #begin() {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#waiting.clear();
    this.#decoder = new VideoDecoder({ output: (picture) => this.#output(picture), error: (error) => this.#lost(error) });
    this.#decoder.configure(this.#config);
  }

  #output(picture) {
    const waiting = this.#waiting.get(picture.timestamp);
    for (const number of this.#waiting.keys()) if (number <= picture.timestamp) this.#waiting.delete(number);
    if (waiting) this.#onPicture(waiting.frame, picture, waiting.began);
    else picture.close();
  }

  #lost(error) {
    const frames = [...this.#waiting.values()].map(({ frame }) => frame);
    this.#begin();
    for (const frame of frames.slice(-1)) this.#onLost(frame, error);
  }
}
