// What was measured: distances of two points and angles of three, drawn where they are in the world, listed and copied.

import { save } from "./save.js";
import { minus, plus, times, unit, dot } from "./vectors.js";
import { linesPath, svg } from "./svg.js";
import { lengthText } from "./units.js";

/** How many points each kind has. */
export const POINTS = { distance: 2, angle: 3 };

/** The distance of two points, in the world's unit; of three the angle at the second, in degrees. */
export function measure([a, b, c]) {
  if (!c) return Math.hypot(...minus(b, a));
  const cosine = dot(unit(minus(a, b)), unit(minus(c, b)));
  return (Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI;
}

export class Measurements {
  #find;
  #redraw;
  #layer = svg("g");
  #all = [];
  #info = null;

  constructor(find, redraw) {
    this.#find = find;
    this.#redraw = redraw;
    find("overlay").append(this.#layer);
    // The clipboard is for pages of a secure context only.
    find("measured-copy").textContent = navigator.clipboard ? "Copy as CSV" : "Save as CSV";
    find("measured-copy").addEventListener("click", () => this.#copy());
  }

  /** Those of another volume have no meaning in this one. */
  open(info) {
    if (info.name !== this.#info?.name) this.#all = [];
    this.#info = info;
    this.#list();
  }

  add(points) {
    this.#all.push(points);
    this.#list();
  }

  text(points) {
    const size = measure(points);
    return points.length === POINTS.distance ? lengthText(size, this.#info.unit) : `${size.toFixed(1)}°`;
  }

  /** Draws them all, and the points of one that is being made; fainter where they are not in the `plane` that is shown. */
  draw(projection, begun, plane) {
    this.#layer.replaceChildren(...[...this.#all, begun].map((points) => this.#drawing(points, projection, plane)));
  }

  #drawing(points, projection, plane) {
    const sides = points.slice(1).map((point, i) => projection.segment(points[i], point)).filter(Boolean);
    const places = points.map((point) => projection.project(point)).filter(Boolean);
    const dots = places.map(([cx, cy]) => svg("circle", { cx, cy, r: 3.5 }));
    const drawn = [svg("path", { class: "halo", d: linesPath(sides) }), svg("path", { d: linesPath(sides) }), ...dots];
    const at = points.length === POINTS.angle ? points[1] : points[1] && times(plus(...points), 0.5);
    const place = at && this.#all.includes(points) && projection.project(at);
    if (place) {
      const text = svg("text", { x: place[0], y: place[1] - 10 });
      text.textContent = this.text(points);
      drawn.push(text);
    }
    const group = svg("g", { class: plane && points.some((point) => !this.#isIn(plane, point)) ? "aside" : "measured" });
    group.append(...drawn);
    return group;
  }

  #isIn({ point, normal, thickness = 0 }, place) {
    const room = (thickness + Math.min(...this.#info.levels[0].spacing)) / 2;
    return Math.abs(dot(minus(place, point), unit(normal))) <= room;
  }

  #list() {
    this.#find("measured").hidden = this.#all.length === 0;
    this.#find("measured-list").replaceChildren(...this.#all.map((points, i) => this.#row(points, i + 1)));
    this.#redraw();
  }

  #row(points, number) {
    const row = document.createElement("li");
    const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "✕" });
    remove.setAttribute("aria-label", `Delete measurement ${number}, ${this.text(points)}`);
    remove.addEventListener("click", () => {
      this.#all = this.#all.filter((other) => other !== points);
      this.#list();
      (this.#find("measured-list").querySelector("button") ?? this.#find("picture")).focus();
    });
    row.append(this.text(points), remove);
    return row;
  }

  async #copy() {
    const { unit: worldUnit } = this.#info;
    const rows = this.#all.map((points) => {
      const distance = points.length === POINTS.distance;
      const start = [distance ? "distance" : "angle", measure(points), distance ? worldUnit : "degree"];
      return [...start, ...points.flat()].join(",");
    });
    const text = ["kind,value,unit,x1,y1,z1,x2,y2,z2,x3,y3,z3", ...rows, ""].join("\n");
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else save(new Blob([text], { type: "text/csv" }), "measurements.csv");
  }
}
