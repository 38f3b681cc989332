// A movie that the server draws: how far it is, giving it up, and its file.

import { address, begin, cancel, progress } from "./movies.js";

/** Milliseconds between questions; longer where the server does not answer. */
const OFTEN = 500;
const SELDOM = 3000;

export class Export {
  #find;
  #on;
  #id = null;

  /** `find(id)` an element of the page; `on` has title(), changed() and say(text). */
  constructor(find, on) {
    this.#find = find;
    this.#on = on;
    find("movie-cancel").addEventListener("click", () => this.#cancel());
  }

  /** The movie that is being made or was made last; null where there is none. */
  get id() {
    return this.#id;
  }

  async begin(animation) {
    this.#show("Asking the server …");
    try {
      const told = await begin(animation);
      this.follow(told.id, true);
    } catch (error) {
      this.#end("");
      this.#on.say(`No movie was made: ${error.message}`);
    }
  }

  /** Looks after a movie until it has ended; `fetched`: its file is then saved at once. */
  async follow(id, fetched) {
    this.#set(id);
    if (!fetched) this.#end("");
    let known = fetched;
    while (this.#id === id && id !== null) {
      const told = await this.#ask(id, known);
      if (this.#id !== id) return;
      if (told?.state === "done") this.#finish(id, fetched);
      if (told === null || told.state === "done") return;
      known ||= told.state !== undefined;
      await new Promise((resolve) => setTimeout(resolve, told.state ? OFTEN : SELDOM));
    }
  }

  /**
   * What the server says of it; {} where it says nothing now, null where there will be nothing to say.
   *
   * One that is not `known` to have been there was made before the page was loaded, and may be gone without a word.
   */
  async #ask(id, known) {
    try {
      const told = await progress(id);
      if (told.state === "failed") throw new Error(told.message);
      if (this.#id === id && told.state !== "done") this.#progress(told);
      return told;
    } catch (error) {
      if (error instanceof TypeError) return {};
      if (this.#id !== id) return null;
      this.#set(null);
      this.#end("");
      if (known) this.#on.say(`No movie was made: ${error.message}`);
      return null;
    }
  }

  #progress({ state, done, frames }) {
    this.#show(state === "waiting" ? "Waiting for other movies …" : `${done} of ${frames} pictures`);
    const bar = this.#find("movie-bar");
    bar.max = frames;
    if (state === "waiting") bar.removeAttribute("value");
    else bar.value = done;
  }

  #finish(id, fetched) {
    const link = document.createElement("a");
    link.href = address(id);
    link.download = this.#on.title();
    link.textContent = `Save ${link.download}`;
    this.#end("The movie is done.");
    this.#find("movie-said").append(" ", link);
    if (fetched) link.click();
  }

  async #cancel() {
    const id = this.#id;
    this.#set(null);
    this.#end("Given up.");
    try {
      if (id !== null) await cancel(id);
    } catch (error) {
      this.#on.say(error.message);
    }
  }

  #set(id) {
    this.#id = id;
    this.#on.changed();
  }

  #show(text) {
    this.#find("movie-progress").hidden = false;
    this.#pass("movie-begin", "movie-cancel");
    this.#find("movie-begin").disabled = true;
    this.#find("movie-said").textContent = text;
  }

  #end(text) {
    this.#find("movie-begin").disabled = false;
    this.#pass("movie-cancel", "movie-begin");
    this.#find("movie-progress").hidden = true;
    this.#find("movie-bar").removeAttribute("value");
    this.#find("movie-said").textContent = text;
  }

  /** What had the keyboard's attention hands it on before it goes. */
  #pass(from, to) {
    if (document.activeElement === this.#find(from)) this.#find(to).focus();
  }
}
