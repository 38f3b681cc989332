// The clip box in the picture, with a handle on each face, and one oblique cut.

import { LineHandle } from "./line_handle.js";
import { axesOf } from "./projection.js";
import { cross, dot, minus, plus, times, unit } from "./vectors.js";
import { linesPath, set, svg } from "./svg.js";
import { lengthText } from "./units.js";

const AXES = ["x", "y", "z"];
const DIRECTIONS = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
/** The share of the volume that is left between two faces, at least. */
const THINNEST = 0.01;

export class Clipping {
  #find;
  #onChange;
  #layer;
  #handles;
  #cutHandle;
  #opened = null;
  #view = null;

  /** `toPlace(event)`: a pointer's [x, y] in the picture; `camera()`: the newest; `onChange(fields)` of a change message. */
  constructor(find, toPlace, camera, onChange, redraw) {
    this.#find = find;
    this.#onChange = onChange;
    const paths = ["behind", "before", "cut"].map((name) => svg("path", { class: name }));
    this.#handles = AXES.flatMap((axis, i) =>
      ["from", "to"].map((end, side) => new LineHandle(`Face ${axis} ${end}`, axis, toPlace, (at) => this.#moveFace(i, side, at))),
    );
    this.#cutHandle = new LineHandle("Cut", "cut", toPlace, (at) => this.#moveCut(at));
    this.#layer = svg("g", { class: "clipping", role: "group", "aria-label": "Clip box", hidden: "" });
    this.#layer.append(...paths, ...[...this.#handles, this.#cutHandle].map(({ element }) => element));
    find("overlay").append(this.#layer);
    find("clip-handles").addEventListener("change", redraw);
    find("cut").addEventListener("click", () => camera() && this.#cut(camera()));
    find("uncut").addEventListener("click", () => this.#change({ planes: [] }));
    find("cut-depth").addEventListener("input", () => {
      const { low, high } = this.#cutLine();
      this.#moveCut(low + find("cut-depth").valueAsNumber * (high - low));
    });
  }

  open(opened) {
    this.#opened = opened;
  }

  show(view) {
    this.#view = view;
    this.#handles.forEach((handle, i) => handle.show(this.#faceLine(i >> 1, i & 1)));
    const line = this.#cutLine();
    this.#cutHandle.show(line);
    for (const id of ["uncut", "cut-row"]) this.#find(id).hidden = !line;
    if (line) this.#find("cut-depth").value = (line.value - line.low) / (line.high - line.low);
  }

  draw(projection) {
    const seen = this.#view !== null && this.#find("clip-handles").checked;
    this.#layer.toggleAttribute("hidden", !seen);
    if (!seen) return;
    const edges = edgesOf(this.#kept);
    const lines = (some) => linesPath(some.map(({ ends }) => projection.segment(...ends)).filter(Boolean));
    const isBefore = ({ faces }) => faces.some(({ point, normal }) => dot(projection.toward(point), normal) < 0);
    const [behind, before, cut] = this.#layer.children;
    set(behind, { d: lines(edges.filter((edge) => !isBefore(edge))) });
    set(before, { d: lines(edges.filter(isBefore)) });
    set(cut, { d: lines(this.#view.clip.planes.slice(0, 1).flatMap((plane) => outline(plane, edges))) });
    for (const handle of [...this.#handles, this.#cutHandle]) handle.draw(projection);
  }

  get #kept() {
    const { lower, upper } = this.#opened.box;
    return this.#view.clip.box ?? [lower, upper];
  }

  #say(value) {
    return lengthText(value, this.#opened.info.unit);
  }

  #faceLine(axis, side) {
    const [kept, whole] = [this.#kept, [this.#opened.box.lower, this.#opened.box.upper]];
    const point = times(plus(...kept), 0.5);
    const value = (point[axis] = kept[side][axis]);
    const gap = (whole[1][axis] - whole[0][axis]) * THINNEST;
    const [low, high] = side ? [kept[0][axis] + gap, whole[1][axis]] : [whole[0][axis], kept[1][axis] - gap];
    return { point, direction: DIRECTIONS[axis], value, low, high, text: this.#say(value) };
  }

  #moveFace(axis, side, at) {
    const box = this.#kept.map((corner) => [...corner]);
    box[side][axis] = at;
    this.#change({ box });
  }

  /** The line along which the cut moves, through its outline's middle and the volume from its near to its far end. */
  #cutLine() {
    const [plane] = this.#view.clip.planes;
    if (!plane) return null;
    const direction = unit(plane.normal);
    const value = dot(plane.point, direction);
    const [low, high] = this.#extent(direction);
    const corners = outline(plane, edgesOf(this.#kept)).map(({ ends: [from] }) => from);
    const point = corners.length ? times(corners.reduce(plus), 1 / corners.length) : plane.point;
    return { point, direction, value, low, high, text: this.#say(value - low) };
  }

  #extent(direction) {
    const { lower, upper } = this.#opened.box;
    const ends = direction.map((part, i) => [part * lower[i], part * upper[i]]);
    return [Math.min, Math.max].map((pick) => ends.reduce((sum, pair) => sum + pick(...pair), 0));
  }

  /** Takes away what lies before the camera's target, or before the volume's middle if that is outside. */
  #cut(camera) {
    const { forward } = axesOf(camera);
    const [low, high] = this.#extent(forward);
    const at = dot(camera.target, forward);
    const middle = times(plus(this.#opened.box.lower, this.#opened.box.upper), 0.5);
    this.#change({ planes: [{ point: at > low && at < high ? camera.target : middle, normal: forward }] });
  }

  #moveCut(at) {
    const [{ point, normal }, ...others] = this.#view.clip.planes;
    const direction = unit(normal);
    this.#change({ planes: [{ point: plus(point, times(direction, at - dot(point, direction))), normal }, ...others] });
  }

  #change(fields) {
    this.#onChange({ clip: { ...this.#view.clip, ...fields } });
  }
}

/** The twelve edges of a box, [lower, upper]: their `ends`, and the two `faces` between which they are. */
function edgesOf(box) {
  return DIRECTIONS.flatMap((_, axis) =>
    [[0, 0], [0, 1], [1, 0], [1, 1]].map((sides) => {
      const others = [(axis + 1) % 3, (axis + 2) % 3];
      const ends = box.map((corner) => [...corner]);
      others.forEach((other, i) => ends.forEach((end) => (end[other] = box[sides[i]][other])));
      const faces = others.map((other, i) => ({ point: ends[0], normal: times(DIRECTIONS[other], sides[i] ? 1 : -1) }));
      return { ends, faces };
    }),
  );
}

/** Where a plane cuts a box of these edges: the sides of a polygon by their `ends`. */
function outline({ point, normal }, edges) {
  const corners = edges.flatMap(({ ends: [a, b] }) => {
    const [from, to] = [a, b].map((end) => dot(minus(end, point), normal));
    return (from < 0) !== (to < 0) ? [plus(a, times(minus(b, a), from / (from - to)))] : [];
  });
  if (corners.length < 3) return [];
  const middle = times(corners.reduce(plus), 1 / corners.length);
  const across = minus(corners[0], middle);
  const down = cross(unit(normal), across);
  const angle = (corner) => Math.atan2(dot(minus(corner, middle), down), dot(minus(corner, middle), across));
  corners.sort((a, b) => angle(a) - angle(b));
  return corners.map((corner, i) => ({ ends: [corner, corners[(i + 1) % corners.length]] }));
}
