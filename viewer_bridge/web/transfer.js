// The editor of a channel's transfer function: mouse, touch and keys on its plot -> another function.

import { added, opacityAt, opacityOf, percent, pointsOf, shortNumber, withPoints } from "./curve.js";
import { keyAt, pointOf, pulled } from "./handles.js";
import { rangeOf } from "./histogram.js";
import { Plot } from "./plot.js";

/** Pixels around what can be taken hold of. */
const REACH = { mouse: 9, pen: 12, touch: 20 };
/** Pixels beyond the plot where a point that is dragged there is gone. */
const OUT = 36;
/** Heights of the plot up or down until dragging the window changes its width too. */
const STILL = 0.1;
/** Milliseconds and pixels between the two presses of a double one. */
const DOUBLE = 400;
const NEAR = 12;
/** A step of the arrow keys in shares of the plot, and with shift. */
const STEP = 0.01;
const SMALL_STEP = 0.002;
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowDown: [0, -1],
  ArrowUp: [0, 1],
  PageDown: [0, -10],
  PageUp: [0, 10],
};

export class Transfer {
  #plot;
  #shown = null;
  #onTransfer;
  #onSurface;
  /** What is dragged, by which pointer, where that began, and all that was shown then. */
  #drag = null;
  #pressed = { time: -Infinity };

  /** `onTransfer(transfer)` with the whole new one, `onSurface(value)`; `name` is the channel's. */
  constructor(place, name, onTransfer, onSurface) {
    this.#plot = new Plot(place, name);
    this.#onTransfer = onTransfer;
    this.#onSurface = onSurface;
    place.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.#drag) return;
      place.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.#press(this.#plot.at(event, this.range), event);
    });
    place.addEventListener("pointermove", (event) => {
      const at = this.#plot.at(event, this.range);
      if (this.#drag && this.#drag.pointer !== event.pointerId) return;
      if (this.#drag) this.#pull(at);
      else place.dataset.over = keyAt(this.#shown, at, this.range, reach(event));
      this.#tellValue(at.value);
    });
    place.addEventListener("lostpointercapture", (event) => {
      if (this.#drag?.pointer !== event.pointerId) return;
      this.#drag = null;
      this.show(this.#shown);
    });
    place.addEventListener("pointerleave", () => this.#plot.say(""));
    place.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** `shown` as of `Plot.draw`. */
  show(shown) {
    this.#shown = shown;
    this.#plot.draw(shown, this.range);
  }

  /** The values from the left to the right edge; while something is dragged they stay, or it would run away. */
  get range() {
    if (this.#drag) return this.#drag.range;
    const { statistics, transfer, fades, surface } = this.#shown;
    const points = fades ? pointsOf(transfer).map(([value]) => value) : [];
    return rangeOf(statistics, [...transfer.window, ...points, ...(surface ? [surface.value] : [])]);
  }

  #press(at, event) {
    let key = keyAt(this.#shown, at, this.range, reach(event));
    const before = this.#pressed;
    const twice = event.timeStamp - before.time < DOUBLE && Math.hypot(at.x - before.x, at.y - before.y) < NEAR;
    this.#pressed = twice ? { time: -Infinity } : { key, time: event.timeStamp, x: at.x, y: at.y };
    const [range, pointer] = [this.range, event.pointerId];
    let shown = this.#shown;
    if (twice && pointOf(key) >= 0 && key === before.key) {
      this.#remove(pointOf(key));
      return;
    }
    if (key === "line" || (twice && key === "level" && shown.fades && at.y < at.height)) {
      const [transfer, point] = this.#add([at.value, opacityOf(1 - at.y / at.height)]);
      shown = { ...shown, transfer };
      key = point;
    }
    this.#drag = { key, pointer, at, range, shown };
    this.#plot.focus(key);
  }

  /** Everything goes by where the drag began: what is dragged back is as it was. */
  #pull(at) {
    const { key, at: from, range, shown } = this.#drag;
    let up = (from.y - at.y) / at.height;
    if (key === "level") up = Math.sign(up) * Math.max(0, Math.abs(up) - STILL);
    const out = at.y < -OUT || at.y > at.height + OUT || at.x < -OUT || at.x > at.width + OUT;
    const points = pointsOf(shown.transfer);
    if (pointOf(key) < 0 || !out || points.length <= 2) this.#take(pulled(shown, key, at.value - from.value, up, range));
    else this.#put(points.toSpliced(pointOf(key), 1));
  }

  #onKey(event) {
    const { key } = event.target.dataset;
    if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
    const point = pointOf(key);
    const arrow = ARROWS[event.key];
    if (arrow) this.#nudge(key, arrow, event.shiftKey ? SMALL_STEP : STEP);
    else if (point >= 0 && event.key === "Enter") this.#addBeside(point);
    else if (point >= 0 && (event.key === "Delete" || event.key === "Backspace")) this.#remove(point);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #nudge(key, [x, y], step) {
    const range = this.range;
    const flat = pointOf(key) < 0 && key !== "level";
    const by = (flat ? x + y : x) * step * (range[1] - range[0]);
    this.#take(pulled(this.#shown, key, by, y * step * 2, range));
    this.#plot.tell(key);
  }

  /** Adds a point halfway to the next, or the last to the one before it. */
  #addBeside(index) {
    const { transfer } = this.#shown;
    const points = pointsOf(transfer);
    const beside = points[index + 1] ?? points[index - 1] ?? [transfer.window[1]];
    const value = (points[index][0] + beside[0]) / 2;
    this.#plot.focus(this.#add([value, opacityAt(transfer, value)])[1]);
  }

  /** Adds a point; returns what that makes of the transfer function, and the point's key. */
  #add([value, opacity]) {
    const { transfer } = this.#shown;
    const [points, index] = added(pointsOf(transfer), [value, Math.min(1, opacity)]);
    const made = withPoints(transfer, points);
    this.#onTransfer(made);
    return [made, `point${index}`];
  }

  /** Two points are left at least; the focus goes to the one before. */
  #remove(index) {
    const points = pointsOf(this.#shown.transfer);
    if (points.length <= 2) return;
    this.#put(points.toSpliced(index, 1));
    this.#plot.focus(`point${Math.max(0, index - 1)}`);
  }

  #put(points) {
    this.#onTransfer(withPoints(this.#shown.transfer, points));
  }

  #take({ transfer, surface }) {
    if (transfer) this.#onTransfer(transfer);
    else this.#onSurface(surface);
  }

  #tellValue(value) {
    const { transfer, fades } = this.#shown;
    this.#plot.say([shortNumber(value), ...(fades ? [percent(opacityAt(transfer, value))] : [])].join(" · "));
  }
}

function reach(event) {
  return REACH[event.pointerType] ?? REACH.mouse;
}
