// The axes in a corner, turned as the volume is; each end is a button that looks from there.

import { axesOf } from "./projection.js";
import { minus, plus } from "./vectors.js";
import { linesPath, set, svg } from "./svg.js";

/** In hundredths of the drawing's side. */
const ARM = 36;
const MIDDLE = 50;
const AXES = ["x", "y", "z"];
/** Of a body, from the upper and the lower end of x, y and z. */
const ANATOMY = [
  ["left", "right"],
  ["posterior", "anterior"],
  ["superior", "inferior"],
];
/** What is measured in these stands on its z axis, as the server has it; all else is seen as images are, y down. */
const UPRIGHT_UNITS = ["millimeter", "centimeter", "meter"];

/** `camera` at the same distance from its target, on the side `sign` of `axis` (0 x, 1 y, 2 z); z or else -y is up. */
export function lookFrom(camera, axis, sign, upright) {
  const away = [0, 0, 0];
  away[axis] = sign * Math.hypot(...minus(camera.position, camera.target));
  const ups = upright ? [[0, 0, 1], [0, 0, 1], [0, sign, 0]] : [[0, -1, 0], [0, 0, -sign], [0, -1, 0]];
  return { ...camera, position: plus(camera.target, away), up: ups[axis] };
}

export class Gizmo {
  #lines;
  #ends;
  upright = false;

  /** `onLook(axis, sign)` of the end that is pressed. */
  constructor(place, onLook) {
    this.#lines = AXES.map((axis) => svg("path", { class: `axis ${axis}` }));
    this.#ends = AXES.flatMap((name, axis) =>
      [1, -1].map((sign) => {
        const button = Object.assign(document.createElement("button"), { type: "button" });
        button.className = `${name} ${sign > 0 ? "upper" : "lower"}`;
        button.addEventListener("click", () => onLook(axis, sign));
        return { button, axis, sign };
      }),
    );
    const drawing = svg("svg", { viewBox: "0 0 100 100", "aria-hidden": true });
    drawing.append(...this.#lines);
    place.replaceChildren(drawing, ...this.#ends.map(({ button }) => button));
  }

  open(info) {
    const [depth, down, across] = info.levels[0].spacing.map((side, i) => side * info.levels[0].shape[i]);
    const stands = info.anatomical || UPRIGHT_UNITS.includes(info.unit);
    this.upright = stands && depth >= Math.min(across, down) / 2;
    for (const { button, axis, sign } of this.#ends) {
      const side = info.anatomical ? ANATOMY[axis][sign > 0 ? 0 : 1] : `${sign > 0 ? "+" : "−"}${AXES[axis]}`;
      button.textContent = info.anatomical ? side[0].toUpperCase() : sign > 0 ? AXES[axis] : "";
      button.title = `Look from ${side}`;
      button.setAttribute("aria-label", button.title);
    }
  }

  draw(camera) {
    const { right, up, forward } = axesOf(camera);
    for (const { button, axis, sign } of this.#ends) {
      const [x, y] = [sign * ARM * right[axis], -sign * ARM * up[axis]];
      const zIndex = Math.round(10 - 9 * sign * forward[axis]);
      Object.assign(button.style, { left: `${MIDDLE + x}%`, top: `${MIDDLE + y}%`, zIndex });
      if (sign > 0) set(this.#lines[axis], { d: linesPath([[[MIDDLE, MIDDLE], [MIDDLE + x, MIDDLE + y]]]) });
    }
  }
}
