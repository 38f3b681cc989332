// What lies over the picture: the camera of the frame that is on the canvas, and the tools that draw and point by it.

import { Cameras } from "./cameras.js";
import { Clipping } from "./clipping.js";
import { Gizmo, lookFrom } from "./gizmo.js";
import { Measuring } from "./measuring.js";
import { pictureBox } from "./pointer.js";
import { Projection } from "./projection.js";

const AXES = ["x", "y", "z"];

export class Overlay {
  #find;
  #canvas;
  #onChange;
  #cameras = new Cameras();
  #gizmo;
  #clipping;
  #drawn = null;
  #opened = null;
  #view = null;

  /** `find(id)` an element of the page; `onChange(fields)` of a change message; `pick(x, y)` asks for a pixel. */
  constructor(find, onChange, pick) {
    this.#find = find;
    this.#canvas = find("picture");
    this.#onChange = onChange;
    const redraw = () => this.#draw();
    this.#clipping = new Clipping(find, (event) => this.#toPlace(event), () => this.#cameras.newest, onChange, redraw);
    this.measuring = new Measuring(find, pick, redraw);
    this.#gizmo = new Gizmo(find("gizmo"), (axis, sign) => this.#look(axis, sign));
    new ResizeObserver(redraw).observe(this.#canvas);
  }

  open(opened) {
    this.#opened = opened;
    this.#drawn = null;
    this.#cameras.open(opened);
    this.#gizmo.open(opened.info);
    this.#clipping.open(opened);
    this.measuring.open(opened.info);
  }

  /** An input was sent. */
  sent(number, type, fields) {
    this.#cameras.sent(number, type, fields);
  }

  /** The server says the view after an input. */
  confirm(message) {
    this.#cameras.confirm(message);
    this.#draw();
  }

  show(view) {
    this.#view = view;
    this.#clipping.show(view);
    this.#draw();
  }

  /** A frame is on the canvas. */
  drawn(frame) {
    // One that was decoded late is not put over a newer one.
    if (this.#drawn && frame.frame < this.#drawn.frame) return;
    this.#drawn = frame;
    this.#draw();
  }

  /** What a key means to a tool, if anything; `click(x, y)` is a click at shares of the picture. */
  keyAction(event, click) {
    const { width, height } = pictureBox(this.#canvas);
    return this.measuring.keyAction(event, [width, height], click);
  }

  #draw() {
    const camera = this.#drawn && this.#cameras.of(this.#drawn.input, this.#drawn.version);
    const layer = this.#find("overlay");
    // Where only the server knows it, the lines come back when it has said.
    layer.toggleAttribute("hidden", camera === null);
    if (camera === null) return;
    const { left, top, width, height } = pictureBox(this.#canvas);
    const stage = layer.parentElement.getBoundingClientRect();
    Object.assign(layer.style, { left: `${left - stage.left}px`, top: `${top - stage.top}px` });
    Object.assign(layer.style, { width: `${width}px`, height: `${height}px` });
    const projection = new Projection(camera, [width, height]);
    this.#gizmo.draw(camera);
    this.#clipping.draw(projection);
    this.measuring.draw(projection, [width, height], planeOf(this.#view.mode));
  }

  #toPlace(event) {
    const { left, top } = pictureBox(this.#canvas);
    return [event.clientX - left, event.clientY - top];
  }

  /** Along an axis; in a slice the plane across it, through what is in the middle of the picture. */
  #look(axis, sign) {
    const camera = this.#cameras.newest;
    if (!camera) return;
    const { mode } = this.#view;
    if (mode.type !== "slice") {
      this.#onChange({ camera: lookFrom(camera, axis, sign, this.#gizmo.upright) });
      return;
    }
    const target = [...camera.target];
    target[AXES.indexOf(mode.axis)] = mode.position;
    const { lower, upper } = this.#opened.box;
    const position = Math.max(lower[axis], Math.min(upper[axis], target[axis]));
    this.#onChange({ mode: { ...mode, axis: AXES[axis], position }, camera: lookFrom({ ...camera, target }, axis, sign, true) });
  }
}

/** The plane of a slice, {point, normal, thickness}; null where the mode shows all of the volume. */
function planeOf(mode) {
  if (mode.type === "oblique") return mode;
  if (mode.type !== "slice") return null;
  const normal = AXES.map((axis) => Number(axis === mode.axis));
  return { point: normal.map((part) => part * mode.position), normal, thickness: mode.thickness };
}
