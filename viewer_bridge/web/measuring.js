// The tools that measure: points are set by clicks, or at a cross that the arrow keys move, each where the server says.

import { Measurements, POINTS } from "./measurements.js";
import { pixelAt } from "./picked.js";
import { svg, set } from "./svg.js";

const STEP = 16;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const MIDDLE = [0.5, 0.5];

export class Measuring {
  #find;
  #pick;
  #redraw;
  #kind = null;
  #points = [];
  #measurements;
  /** Pixels to ask for, the first of which has been. */
  #questions = [];
  #cross = MIDDLE;
  #crossing = svg("path", { class: "crosshair" });

  /** `pick(x, y)` asks what is at a pixel; whoever gets the answer says it with `answer`, and that there is none with `forget`. */
  constructor(find, pick, redraw) {
    this.#find = find;
    this.#pick = pick;
    this.#redraw = redraw;
    this.#measurements = new Measurements(find, redraw);
    find("overlay").append(this.#crossing);
    // A click of detail 0 is a key on the button: points are then set by keys on the picture.
    const toggle = (kind) => (event) => this.#toggle(kind, event.detail === 0);
    for (const kind of Object.keys(POINTS)) find(`measure-${kind}`).addEventListener("click", toggle(kind));
  }

  get active() {
    return this.#kind !== null;
  }

  open(info) {
    this.#points = [];
    this.forget();
    this.#measurements.open(info);
  }

  /** Sets a point at `x` and `y`, shares of a picture of `size`. */
  click(x, y, size) {
    this.#questions.push(pixelAt(x, y, size));
    if (this.#questions.length === 1) this.#pick(...this.#questions[0]);
  }

  forget() {
    this.#questions = [];
  }

  /** Whether that was the answer to a question of this tool. */
  answer({ x, y, position }) {
    const [asked] = this.#questions;
    if (x !== asked?.[0] || y !== asked[1]) return false;
    this.#questions.shift();
    if (this.active) this.#set(position);
    if (this.#questions.length) this.#pick(...this.#questions[0]);
    return true;
  }

  /** What a key on the picture does here, if anything; `size` is that of the picture on the screen. */
  keyAction(event, size, click) {
    if (event.target.closest("dialog")) return null;
    if (event.key === "m" || event.key === "M") return () => this.#toggle(event.key === "m" ? "distance" : "angle", true);
    if (event.key === "Escape" && this.active) return () => this.#start(this.#points.length ? this.#kind : null);
    if (event.target !== this.#find("picture")) return null;
    if (event.key === "Enter") return () => click(...(this.active ? this.#cross : MIDDLE));
    if (!this.active || !Object.hasOwn(ARROWS, event.key)) return null;
    return () => this.#moveCross(ARROWS[event.key].map((way, i) => (way * (event.shiftKey ? 1 : STEP)) / size[i]));
  }

  /** `plane`: what a slice shows, {point, normal, thickness}; null where a whole volume is shown. */
  draw(projection, size, plane) {
    this.#measurements.draw(projection, this.#points, plane);
    const [x, y] = this.#cross.map((share, i) => share * size[i]);
    set(this.#crossing, { d: `M${x - 12},${y}h24M${x},${y - 12}v24` });
  }

  #moveCross(by) {
    this.#cross = this.#cross.map((share, i) => Math.max(0, Math.min(1, share + by[i])));
    this.#redraw();
  }

  #toggle(kind, toPicture = false) {
    this.#start(kind === this.#kind ? null : kind);
    if (toPicture) this.#find("picture").focus();
  }

  #start(kind) {
    this.#kind = kind;
    this.#points = [];
    this.forget();
    for (const one of Object.keys(POINTS)) this.#find(`measure-${one}`).setAttribute("aria-pressed", String(one === kind));
    this.#find("stage").classList.toggle("measuring", this.active);
    this.#say("");
    this.#redraw();
  }

  #set(position) {
    if (!position) return this.#say("Nothing is there.");
    this.#points = [...this.#points, position];
    let said = "";
    if (this.#points.length === POINTS[this.#kind]) {
      said = `${this.#measurements.text(this.#points)}.`;
      const points = this.#points;
      this.#points = [];
      this.#measurements.add(points);
    }
    this.#say(said);
    return this.#redraw();
  }

  #say(what) {
    const next = `${what} Point ${this.#points.length + 1} of ${POINTS[this.#kind]}: click, or Enter at the cross (arrow keys).`;
    this.#find("tool-hint").textContent = this.active ? next.trim() : "";
  }
}
