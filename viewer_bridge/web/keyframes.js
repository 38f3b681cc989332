// The list of keyframes: {view, seconds} each, and a row of the page for each.

import { thumbnail } from "./movies.js";

const SECONDS = 2;
const MOST = 64;

export class Keyframes {
  #list;
  #template;
  #on;
  #all = [];
  #thumbnails = new WeakMap();

  /** `on` has edited(), show(view), view() of what is shown now, and say(text). */
  constructor(list, template, on) {
    this.#list = list;
    this.#template = template;
    this.#on = on;
    list.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get all() {
    return this.#all;
  }

  set all(keyframes) {
    this.#all = keyframes;
    this.#draw();
  }

  /** Adds keyframes at the end that are reached in equal times. */
  add(views) {
    if (this.#all.length + views.length > MOST) {
      this.#on.say(`A movie has at most ${MOST} keyframes`);
      return;
    }
    for (const view of views) this.#all.push({ view, seconds: this.#all.length ? SECONDS : 0 });
    this.#edited();
    this.#list.lastElementChild.scrollIntoView({ block: "nearest" });
  }

  /** Views change places; when something is shown stays as it was. */
  #move(index, by, focus) {
    const other = index + by;
    if (!this.#all[other]) return;
    const [here, there] = [this.#all[index].view, this.#all[other].view];
    this.#all[index] = { ...this.#all[index], view: there };
    this.#all[other] = { ...this.#all[other], view: here };
    this.#edited();
    this.#focus(other, focus);
  }

  #remove(index) {
    this.#all.splice(index, 1);
    if (index === 0 && this.#all.length) this.#all[0] = { ...this.#all[0], seconds: 0 };
    this.#edited();
    if (this.#all.length) this.#focus(Math.min(index, this.#all.length - 1), ".show");
    else this.#on.emptied();
  }

  #replace(index) {
    const view = this.#on.view();
    if (!view) return;
    this.#all[index] = { ...this.#all[index], view };
    this.#edited();
    this.#focus(index, ".replace");
  }

  #edited() {
    this.#draw();
    this.#on.edited();
  }

  #focus(index, selector) {
    const row = this.#list.children[index];
    const wanted = row.querySelector(selector);
    (wanted.disabled ? row.querySelector(".show") : wanted).focus();
  }

  #onKey(event) {
    const row = event.target.closest("li");
    const index = [...this.#list.children].indexOf(row);
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.altKey && by) this.#move(index, by, ".show");
    else if (event.key === "Delete" && event.target.closest("button")) this.#remove(index);
    else return;
    event.preventDefault();
  }

  #draw() {
    this.#list.replaceChildren(...this.#all.map((keyframe, index) => this.#row(keyframe, index)));
  }

  #row(keyframe, index) {
    const row = this.#template.content.firstElementChild.cloneNode(true);
    const part = (name) => row.querySelector(`.${name}`);
    const place = `keyframe ${index + 1} of ${this.#all.length}`;
    const button = (name, label, act) => {
      part(name).setAttribute("aria-label", `${label} ${place}`);
      part(name).title = label;
      part(name).addEventListener("click", act);
    };
    button("show", "Show", () => this.#on.show(this.#all[index].view));
    button("up", "Move up", () => this.#move(index, -1, ".up"));
    button("down", "Move down", () => this.#move(index, 1, ".down"));
    button("replace", "Put the present view in place of", () => this.#replace(index));
    button("remove", "Remove", () => this.#remove(index));
    part("up").disabled = index === 0;
    part("down").disabled = index === this.#all.length - 1;
    part("when").textContent = index ? "after" : "rests";
    const seconds = part("seconds");
    seconds.value = keyframe.seconds;
    seconds.setAttribute("aria-label", index ? `Seconds until ${place}` : "Seconds that the movie rests at first");
    seconds.addEventListener("change", () => {
      if (!seconds.validity.valid || seconds.value === "") seconds.value = this.#all[index].seconds;
      this.#all[index] = { ...this.#all[index], seconds: seconds.valueAsNumber };
      this.#on.edited();
    });
    this.#picture(part("thumbnail"), keyframe.view);
    return row;
  }

  async #picture(image, view) {
    if (!this.#thumbnails.has(view)) this.#thumbnails.set(view, thumbnail(view));
    try {
      image.src = await this.#thumbnails.get(view);
    } catch {
      // It is asked for again when the list changes; what is wrong with a view is said when it is shown.
      this.#thumbnails.delete(view);
    }
  }
}
