// A click on the picture, or the pointer over it: which question it is, and whose the server's answer.

export class Pointing {
  #measuring;
  #picked;
  #labelIds;
  #shown;

  /** `shown()` is what Viewing shows. */
  constructor(measuring, picked, labelIds, shown) {
    this.#measuring = measuring;
    this.#picked = picked;
    this.#labelIds = labelIds;
    this.#shown = shown;
  }

  /** A click, or Enter, at shares of the picture. */
  click(x, y) {
    const shown = this.#shown();
    if (!shown) return;
    if (!this.#measuring.active) {
      this.#picked.pick(x, y, shown.view.size);
      return;
    }
    // The server answers the newest question only.
    this.#picked.clear();
    this.#measuring.click(x, y, shown.view.size);
  }

  /** The pointer is over the picture: labels are said as it goes, other values where alt is held. */
  hover(x, y, alt) {
    const shown = this.#shown();
    if (!shown || this.#measuring.active || !(alt || shown.view.labels.length)) return;
    this.#picked.pick(x, y, shown.view.size, false);
  }

  /** What was said of the picture is no longer so. */
  forget() {
    this.#picked.clear();
    this.#labelIds.clicked([]);
  }

  /** The server's message `picked`. */
  answer(picked) {
    if (!this.#measuring.answer(picked)) this.#picked.answer(picked);
  }

  /** The server will not answer. */
  refused() {
    this.#picked.clear();
    this.#measuring.forget();
  }
}
