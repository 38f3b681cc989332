// What the user is told: errors that go away by themselves, and that the server is gone.

const SHOWN_MS = 10000;
const MOST = 4;

export class Messages {
  #place;

  constructor(place) {
    this.#place = place;
  }

  /** Shows one line; the same line twice is shown once, for longer. */
  say(text) {
    for (const shown of this.#place.children) if (shown.firstChild.textContent === text) shown.remove();
    const line = document.createElement("p");
    const words = document.createElement("span");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "✕";
    close.setAttribute("aria-label", "Dismiss");
    close.addEventListener("click", () => line.remove());
    line.append(words, close);
    this.#place.append(line);
    while (this.#place.children.length > MOST) this.#place.firstChild.remove();
    setTimeout(() => line.remove(), SHOWN_MS);
  }

  /** `work` as something to do at a click, which says `what` where it fails. */
  attempt(what, work) {
    return async () => {
      try {
        await work();
      } catch (error) {
        this.say(`${what}: ${error.message}`);
      }
    };
  }
}

export class Banner {
  #place;
  #text;
  #timer = 0;

  constructor(place, text, button, retry) {
    this.#place = place;
    this.#text = text;
    button.addEventListener("click", retry);
  }

  /** The server is gone and is tried again in `delay` milliseconds. */
  show(delay) {
    const until = performance.now() + delay;
    const tick = () => {
      const seconds = Math.ceil((until - performance.now()) / 1000);
      this.#text.textContent =
        seconds > 0 ? `The server is gone. Trying again in ${seconds} s.` : "The server is gone. Trying again …";
    };
    clearInterval(this.#timer);
    this.#timer = setInterval(tick, 500);
    tick();
    this.#place.hidden = false;
  }

  hide() {
    clearInterval(this.#timer);
    this.#place.hidden = true;
  }
}
