// A row of looks for the volume that is open, and the way back from the last.

export class Looks {
  #place;
  #onChange;
  #info = null;
  #statistics = null;
  #view = null;
  #before = null;

  /** `place` is a <details> with an element for the buttons; `onChange(fields)` with the fields of a change message. */
  constructor(place, onChange) {
    this.#place = place;
    this.#onChange = onChange;
    place.addEventListener("toggle", () => this.#offer());
  }

  open(info) {
    this.#info = info;
    this.#statistics = this.#before = null;
    this.#place.hidden = true;
  }

  setStatistics(statistics) {
    this.#statistics = statistics;
    this.#place.hidden = false;
    this.#offer();
  }

  show(view) {
    this.#view = view;
  }

  /** The module of looks is asked for when somebody wants to see them. */
  async #offer() {
    if (!this.#place.open || !this.#statistics) return;
    const { PRESETS } = await import("./presets.js");
    const [info, statistics] = [this.#info, this.#statistics];
    const offered = PRESETS.filter(({ make }) => make(info, statistics, this.#view));
    const buttons = offered.map(({ name, make }) => button(name, () => this.#apply(make(info, statistics, this.#view))));
    const undo = button("Undo", () => this.#undo());
    undo.ariaLabel = "Undo the last look";
    undo.disabled = !this.#before;
    this.#place.querySelector(".buttons").replaceChildren(...buttons, undo);
  }

  #apply(fields) {
    const names = [...Object.keys(fields), "camera"];
    this.#before = Object.fromEntries(names.map((name) => [name, this.#view[name]]));
    this.#onChange(fields);
    this.#place.querySelector(".buttons").lastChild.disabled = false;
  }

  /** Back to how it looked; the camera stays where it is now, unless a slice is gone back to. */
  #undo() {
    const { camera, ...fields } = this.#before;
    this.#before = null;
    const goes = flat(fields.mode) && !flat(this.#view.mode);
    this.#onChange(goes ? { ...fields, camera } : fields);
    this.#place.querySelector(".buttons").lastChild.disabled = true;
  }
}

function flat({ type }) {
  return type === "slice" || type === "oblique";
}

function button(text, onClick) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.addEventListener("click", onClick);
  return made;
}
