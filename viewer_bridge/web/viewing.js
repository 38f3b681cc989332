// What is shown: a volume and its newest view, which all parts of the page show alike and only who steers may change.

export class Viewing {
  #steering;
  #sharing;
  #parts;
  #told;
  /** The volume's info, its box and the newest view known here; null while a volume is being opened. */
  shown = null;
  /** The newest version of the session's view that this page has seen. */
  #version = 0;

  /**
   * `parts` have show(view). `told` has fitted(mode), the mode to go to for one that is asked for, changing() before
   * the view becomes another one, and refused() where this page only watches.
   */
  constructor(steering, sharing, parts, told) {
    this.#steering = steering;
    this.#sharing = sharing;
    this.#parts = parts;
    this.#told = told;
  }

  /** The server's message `opened`. */
  open({ info, view, box, version }) {
    this.shown = { info, view, box };
    this.#version = version;
  }

  /** The page shows this version, or one that is newer. */
  saw(version) {
    this.#version = Math.max(this.#version, version);
  }

  /** `fields` of a message with the version they were made for, so that they overwrite nothing that was not seen. */
  based(type, fields) {
    // The size of this page's picture is nobody else's.
    const parts = Object.keys(fields).filter((name) => name !== "size");
    return type === "view" || (type === "change" && parts.length > 0) ? { ...fields, base: this.#version } : fields;
  }

  /** Nothing is shown, and of what was done to it nothing is sent any more. */
  leave() {
    this.#steering.forget();
    this.shown = null;
  }

  show(view) {
    this.shown.view = view;
    for (const part of this.#parts) part.show(view);
  }

  /** Whether this page steers. Where it only watches, the user hears so, and inputs show what is, again. */
  permitted() {
    if (this.#sharing.piloting) return true;
    this.#told.refused();
    if (this.shown) this.show(this.shown.view);
    return false;
  }

  /** Shows a change at once on this page's inputs and asks the server for it, if this page steers. */
  change(fields) {
    if (!this.shown || !this.permitted()) return false;
    if (fields.mode) fields = { ...fields, mode: this.#told.fitted(fields.mode) };
    const { view: before } = this.shown;
    const view = { ...before, ...fields };
    if (fields.channels) {
      view.channels = before.channels.map((old) => fields.channels.find((one) => one.index === old.index) ?? old);
    }
    this.show(view);
    this.#told.changing();
    this.#steering.change(fields);
    return true;
  }

  /** Asks the server for a move of the camera: `how` is a method of Steering, `by` what it takes. */
  steer(how, ...by) {
    if (!this.shown || !this.permitted()) return;
    this.#told.changing();
    this.#steering[how](...by);
  }

  /** The picture's place has another size, [width, height] in pixels. */
  resize(size) {
    if (!this.shown || String(size) === String(this.shown.view.size)) return;
    this.shown.view = { ...this.shown.view, size };
    this.#steering.change({ size });
  }
}
