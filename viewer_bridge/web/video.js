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
  #told = false;
  #onPicture;
  #onLost;

  /**
   * `onPicture(frame, picture, began)` of each decoded frame, to be closed there; `onLost(frame, error)` of those that
   * are not decoded. Only a key frame helps then: `error` is null for the frames on their way before it.
   */
  constructor(onPicture, onLost) {
    this.#onPicture = onPicture;
    this.#onLost = onLost;
  }

  /** The server's message `video`: what follows, a key frame first, is encoded like this. */
  configure({ codec, width, height }) {
    this.close();
    this.#config = { codec, codedWidth: width, codedHeight: height, optimizeForLatency: true };
  }

  /** Decodes a frame of the stream. Pictures come in the order of their frames. */
  show(frame) {
    if (!this.#decoder && !(frame.key && this.#config)) {
      this.#drop(frame, new Error("the video goes on from a picture that is not here"));
      return;
    }
    this.#waiting.set(frame.frame, { frame, began: performance.now() });
    const [data] = frame.bytes;
    try {
      if (!this.#decoder) this.#begin();
      this.#decoder.decode(
        new EncodedVideoChunk({ type: frame.key ? "key" : "delta", timestamp: frame.frame, data }),
      );
    } catch (error) {
      this.#lost(error);
    }
  }

  /** Nothing that was sent so far will be a picture any more. */
  close() {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
    this.#waiting.clear();
  }

  #begin() {
    this.#told = false;
    this.#decoder = new VideoDecoder({ output: (picture) => this.#output(picture), error: (error) => this.#lost(error) });
    this.#decoder.configure(this.#config);
  }

  #output(picture) {
    const waiting = this.#waiting.get(picture.timestamp);
    for (const number of this.#waiting.keys()) if (number <= picture.timestamp) this.#waiting.delete(number);
    if (waiting) this.#onPicture(waiting.frame, picture, waiting.began);
    else picture.close();
  }

  /** No decoder is set up again before a key frame comes: one that refuses the size would do so for ever. */
  #lost(error) {
    const newest = [...this.#waiting.values()].at(-1);
    this.close();
    if (newest) this.#drop(newest.frame, error);
  }

  #drop(frame, error) {
    this.#onLost(frame, this.#told ? null : error);
    this.#told = true;
  }
}
