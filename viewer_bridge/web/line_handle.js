// A knob on a straight line in the world: dragged along it under the pointer, and a slider for keys and screen readers.

import { nearestOnLine } from "./projection.js";
import { dot, unit } from "./vectors.js";
import { set, svg } from "./svg.js";

const REACH = 18;
const RADIUS = 6;
/** A line that is seen within 8 degrees of end-on can't be dragged along: this is the cosine. */
const END_ON = 0.99;

export class LineHandle {
  #line = null;
  #projection = null;
  #onMove;

  /** `onMove(value)` while it is dragged or keys move it; `toPlace(event)` is a pointer's [x, y] in the picture. */
  constructor(name, className, toPlace, onMove) {
    this.#onMove = onMove;
    this.element = svg("g", { class: `handle ${className}`, tabindex: 0, role: "slider", "aria-label": name });
    this.element.append(svg("circle", { class: "reach", r: REACH }), svg("circle", { class: "knob", r: RADIUS }));
    this.#listen(toPlace);
  }

  /**
   * Where it is: on the line through `point` along the unit vector `direction`, at `value` = point . direction, which
   * may become `low` to `high`; `text` says the value to who can't see it. Nothing: it is not there.
   */
  show(line) {
    this.#line = line;
    if (!line) return;
    set(this.element, { "aria-valuenow": line.value, "aria-valuemin": line.low, "aria-valuemax": line.high });
    set(this.element, { "aria-valuetext": line.text });
  }

  draw(projection) {
    this.#projection = projection;
    const place = this.#line && projection.project(this.#line.point);
    const seen = place && Math.abs(dot(unit(projection.toward(this.#line.point)), this.#line.direction)) < END_ON;
    this.element.toggleAttribute("hidden", !seen);
    if (seen) set(this.element, { transform: `translate(${place})` });
  }

  #listen(toPlace) {
    const { element } = this;
    /** What the pointer's value lacks to the handle's, while it is dragged. */
    let grip = null;
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      grip = this.#line.value - this.#valueAt(toPlace(event));
    });
    element.addEventListener("pointermove", (event) => {
      if (grip !== null && this.#line) this.#move(this.#valueAt(toPlace(event)) + grip);
    });
    element.addEventListener("lostpointercapture", () => (grip = null));
    element.addEventListener("keydown", (event) => {
      const { value, low, high } = this.#line;
      const step = (high - low) / 100;
      const moves = { ArrowRight: step, ArrowUp: step, ArrowLeft: -step, ArrowDown: -step };
      Object.assign(moves, { PageUp: 10 * step, PageDown: -10 * step, Home: low - value, End: high - value });
      if (!Object.hasOwn(moves, event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.#move(value + moves[event.key]);
    });
  }

  #valueAt(place) {
    const { point, direction, value } = this.#line;
    return value + nearestOnLine(point, direction, this.#projection.ray(place));
  }

  #move(value) {
    this.#onMove(Math.max(this.#line.low, Math.min(this.#line.high, value)));
  }
}
