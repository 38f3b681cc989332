// A channel's histogram with the two ends of its window to drag.

const HANDLE = 4;
const ROOM = 0.6;

export class Histogram {
  #canvas;
  #statistics = null;
  #window = [0, 1];
  #color = "#ffffff";
  /** The end that is being dragged, 0 or 1, and the axis, which stays as it is or would run away under the hand. */
  #dragged = null;

  /** `onWindow([low, high])` while an end is dragged; `onAuto()` at a double click. */
  constructor(canvas, onWindow, onAuto) {
    this.#canvas = canvas;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      const range = this.range;
      const value = valueAt(event, canvas, range);
      const nearer = Math.abs(value - this.#window[0]) < Math.abs(value - this.#window[1]) ? 0 : 1;
      this.#dragged = { end: nearer, range };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.#dragged) return;
      const { end, range } = this.#dragged;
      onWindow(moved(this.#window, end, valueAt(event, canvas, range), range));
    });
    for (const done of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(done, () => {
        this.#dragged = null;
        this.#draw();
      });
    }
    canvas.addEventListener("dblclick", onAuto);
  }

  show(statistics, window, color) {
    this.#statistics = statistics;
    this.#window = window;
    this.#color = color;
    this.#draw();
  }

  /** The values from the left to the right edge: around the window, since the data's own ends may be far away. */
  get range() {
    const [low, high] = this.#window;
    if (!this.#statistics) return padded(low, high);
    const { minimum, maximum, window } = this.#statistics;
    const span = (window[1] - window[0]) * ROOM;
    return padded(
      Math.min(low, Math.max(minimum, window[0] - span)),
      Math.max(high, Math.min(maximum, window[1] + span)),
    );
  }

  #draw() {
    const range = this.#dragged?.range ?? this.range;
    const { width, height } = this.#canvas;
    const context = this.#canvas.getContext("2d");
    const [low, high] = this.#window.map((value) => ((value - range[0]) / (range[1] - range[0])) * width);
    context.clearRect(0, 0, width, height);
    if (this.#statistics) {
      const outline = curve(this.#statistics, range, width, height);
      context.fillStyle = "#39414c";
      context.fill(outline);
      context.save();
      context.beginPath();
      context.rect(low, 0, high - low, height);
      context.clip();
      context.fillStyle = this.#color;
      context.globalAlpha = 0.75;
      context.fill(outline);
      context.restore();
    }
    context.fillStyle = "#e8f3ff";
    for (const x of [low, high]) {
      context.fillRect(Math.max(0, Math.min(width - HANDLE, x - HANDLE / 2)), 0, HANDLE, height);
    }
  }
}

function padded(low, high) {
  const room = (high - low) * 0.03;
  return [low - room, high + room];
}

function valueAt(event, canvas, [from, to]) {
  const box = canvas.getBoundingClientRect();
  return from + ((event.clientX - box.left) / box.width) * (to - from);
}

function moved([low, high], end, value, [from, to]) {
  const gap = (to - from) / 200;
  const kept = Math.max(from, Math.min(to, value));
  return end === 0 ? [Math.min(kept, high - gap), high] : [low, Math.max(kept, low + gap)];
}

/** The filled outline of the counts over `range`, logarithmic, as tall as the tallest that is seen. */
function curve({ minimum, maximum, counts }, [from, to], width, height) {
  const bin = (maximum - minimum) / counts.length;
  const xOf = (value) => ((value - from) / (to - from)) * width;
  const seen = counts.filter((_, i) => minimum + (i + 1) * bin > from && minimum + i * bin < to);
  const tallest = Math.log1p(Math.max(1, ...seen));
  const path = new Path2D();
  path.moveTo(xOf(minimum), height);
  counts.forEach((count, i) => {
    const y = height - (Math.log1p(count) / tallest) * (height - 6);
    path.lineTo(xOf(minimum + i * bin), y);
    path.lineTo(xOf(minimum + (i + 1) * bin), y);
  });
  path.lineTo(xOf(maximum), height);
  path.closePath();
  return path;
}
