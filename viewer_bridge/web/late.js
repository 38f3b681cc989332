// Parts of the page that are loaded when somebody first wants them: slices beside the volume, and the keyframes' section.

export class LateSlices {
  #find;
  #url;
  #messages;
  #told;
  #slices = null;

  /**
   * `url` of the stream. `told` has change(fields), drawn() and rested() as Slices has, shown() what Viewing shows, and
   * point() where slices are wanted, or null.
   */
  constructor(find, url, messages, told) {
    this.#find = find;
    this.#url = url;
    this.#messages = messages;
    this.#told = told;
    const wanted = () => find("slices-section").open && !this.#slices;
    find("slices-section").addEventListener("toggle", () => wanted() && this.#attempt(() => this.#bring()));
  }

  /** Where the planes meet while four views are shown, else null. */
  get point() {
    return this.#slices?.point ?? null;
  }

  /** Whether one of them has yet to show what it was asked for. */
  get behind() {
    return this.#slices !== null && this.#slices.behind;
  }

  /** Whether the volume is thick enough to be sliced. */
  get possible() {
    return !this.#find("four").hidden;
  }

  /** `mode`, to which the view goes, with the planes where they are now. */
  fitted(mode) {
    return this.#slices ? this.#slices.fitted(mode) : mode;
  }

  /** The server's message `opened`; four views of it where slices are wanted. */
  open(opened) {
    const possible = opened.info.levels[0].shape.every((count) => count > 1);
    this.#find("four").hidden = this.#find("slices-section").hidden = !possible;
    const point = this.#told.point();
    if (this.#slices) this.#slices.open(opened, point);
    else if (point || this.#find("slices-section").open) this.#attempt(() => this.#bring());
  }

  show(view) {
    this.#slices?.show(view);
  }

  /** Four views of what is shown, which meet at `point`. */
  showAt(point) {
    this.#attempt(() => (this.#slices ? this.#slices.open(this.#told.shown(), point) : this.#bring()));
  }

  toggle() {
    this.#attempt(async () => {
      if (!this.#slices) await this.#bring();
      this.#slices.toggle();
    });
  }

  #attempt(work) {
    this.#messages.attempt("No slices", work)();
  }

  async #bring() {
    const { Slices } = await import("./slices.js");
    if (this.#slices) return;
    const { shown, point, ...told } = this.#told;
    this.#slices = new Slices(this.#find, this.#url, { ...told, failed: (text) => this.#messages.say(text) });
    if (shown()) this.#slices.open(shown(), point());
  }
}

export class LateAnimation {
  #animation = null;

  /** `told` has shown() what Viewing shows, change(fields) and say(text). */
  constructor(find, told) {
    find("animation").addEventListener("toggle", () => this.#bring(find, told), { once: true });
  }

  /** A volume of this name is open. */
  open(name) {
    this.#animation?.open(name);
  }

  async #bring(find, { shown, change, say }) {
    const { AnimationPanel } = await import("./animation.js");
    this.#animation = new AnimationPanel(find, { view: () => shown()?.view, change, say });
    if (shown()) this.#animation.open(shown().info.name);
  }
}
