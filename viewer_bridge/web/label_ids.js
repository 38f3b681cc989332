// Which ids of a label image are drawn: those that were clicked, until all are asked for again.

/** As many as a View may name. */
const MOST = 4096;

export class LabelIds {
  #place;
  #onChange;
  #view = null;
  #clicked = [];

  /** `onChange(fields)` with the fields of a change message. */
  constructor(place, onChange) {
    this.#place = place;
    this.#onChange = onChange;
  }

  show(view) {
    this.#view = view;
    this.#draw();
  }

  /** These label ids, of a picked answer, were clicked; none: what was is no longer there. */
  clicked(labels) {
    // The others have lost their last digits on the way here.
    this.#clicked = labels.filter(({ id }) => id > 0 && Number.isSafeInteger(id));
    if (this.#view) this.#draw();
  }

  #draw() {
    const held = this.#place.contains(document.activeElement);
    const rows = this.#view.labels.map((one) => this.#row(one)).filter((row) => row.children.length > 0);
    this.#place.replaceChildren(...rows);
    if (held) this.#place.querySelector("button")?.focus();
  }

  #row(labels) {
    const row = document.createElement("p");
    const { name, ids } = labels;
    const offer = (text, chosen) => row.append(this.#button(text, { ...labels, ids: chosen }));
    if (ids.length) row.append(`${name}: ${ids.slice(0, 5).join(", ")}${ids.length > 5 ? ` and ${ids.length - 5} more` : ""} `);
    for (const { id } of this.#clicked.filter((one) => one.name === name)) {
      if (String(ids) !== String(id)) offer(`Only ${name} ${id}`, [id]);
      if (ids.includes(id) && ids.length > 1) offer(`Without ${id}`, ids.filter((other) => other !== id));
      if (ids.length > 0 && ids.length < MOST && !ids.includes(id)) offer(`And ${id}`, [...ids, id]);
    }
    if (ids.length) offer(`All ${name}`, []);
    return row;
  }

  #button(text, labels) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    button.addEventListener("click", () =>
      this.#onChange({ labels: this.#view.labels.map((old) => (old.name === labels.name ? labels : old)) }),
    );
    return button;
  }
}
