// Where the page goes: to the view of its address, into a session, to a volume that is chosen; and back when the server is.

import { wait } from "./desk.js";
import * as server from "./server.js";
import { rememberedSession } from "./sharing.js";
import { readAddress, writeAddress } from "./url.js";

export class Arrival {
  #volumes;
  #viewing;
  #sharing;
  #slices;
  #told;
  /** The volume and view to come back to when the server does, and where slices of it meet that are shown beside it. */
  #wanted = { volume: null, view: null, slices: null };
  /** The session to join, and the ticket to it: of a link, or that this tab was in before. */
  #joining = { session: null, ticket: "" };
  #opening = 0;
  #addresses = 0;

  /**
   * `volumes` is the select of their names. `told` has up() whether the server is there, leave() what is shown,
   * open(fields) of a message `open`, which returns its number, goTo(view) of the same volume, and say(text).
   */
  constructor(volumes, viewing, sharing, slices, told) {
    this.#volumes = volumes;
    this.#viewing = viewing;
    this.#sharing = sharing;
    this.#slices = slices;
    this.#told = told;
    volumes.addEventListener("change", () => {
      if (viewing.permitted()) this.open(volumes.value, null);
      else volumes.value = this.#wanted.volume;
    });
  }

  /** Where slices are to meet beside the volume; null where none are wanted. */
  get point() {
    return this.#wanted.slices;
  }

  /** Reads where the address leads, for when the server is there. */
  async readAddress() {
    const said = new URLSearchParams(location.hash.slice(1));
    const before = rememberedSession();
    const session = said.get("session");
    // A tab that is loaded again goes on in its session; an address that says another view is meant.
    this.#joining = { session, ticket: before.session === session ? before.ticket : "" };
    try {
      this.#wanted = await readAddress(location.hash);
    } catch (error) {
      this.#told.say(error.message);
      this.#wanted = { volume: said.get("volume"), view: null, slices: null };
    }
  }

  /** The address is another one. */
  async followAddress() {
    await this.readAddress();
    const { volume, view, slices } = this.#wanted;
    if (this.#told.up() && volume) this.open(volume, view, slices);
  }

  /** The server is there: into the session that was to be joined, or to what is wanted. */
  async begin() {
    const names = await this.#listVolumes();
    if (!names || !this.#told.up()) return;
    if (this.#joining.session) this.#join(this.#joining);
    else this.#openFirst(names);
  }

  /** Opens a volume: in the session that this page is in, which then shows it to all, or in a new one. */
  open(volume, view, point = null) {
    if (view && this.#viewing.shown?.info.name === volume) {
      this.#told.goTo(view);
      if (!point) return;
      this.#wanted.slices = point;
      this.#slices.showAt(point);
      return;
    }
    this.#wanted = { volume, view, slices: point };
    this.#volumes.value = volume;
    this.#send(`Opening ${volume} …`, view ? { volume, view } : { volume });
  }

  /** The server has opened what was asked for, or what the session shows. */
  opened({ info, view, session }) {
    const wanted = this.#wanted;
    const point = [null, info.name].includes(wanted.volume) ? wanted.slices : null;
    this.#wanted = { volume: info.name, view: wanted.view === null ? null : view, slices: point };
    this.#joining = { session: null, ticket: "" };
    this.#sharing.open(session);
    this.#volumes.value = info.name;
  }

  /** The view has become another one. */
  moved(view) {
    this.#wanted = { ...this.#wanted, volume: view.volume, view };
  }

  /** The slices have come to rest. */
  rested() {
    this.#wanted.slices = this.#slices.point;
    if (this.#viewing.shown) this.remember();
  }

  /** The server is gone: what is shown now is what to come back to. */
  lost() {
    const { shown } = this.#viewing;
    if (shown) this.#wanted = { volume: shown.info.name, view: shown.view, slices: this.#slices.point };
    this.#joining = { session: this.#sharing.session, ticket: this.#sharing.ticket };
  }

  /** Whether an error of the server was that a session can't be joined, and is dealt with. */
  refused({ code, message, input }) {
    if (input !== this.#opening || !this.#joining.session) return false;
    this.#notJoined(code, message);
    return true;
  }

  /** Puts the view into the address, so that the link shows the same picture. */
  async remember() {
    const address = (this.#addresses += 1);
    const session = this.#sharing.shared ? this.#sharing.session : null;
    const { volume, view, slices } = this.#wanted;
    const hash = await writeAddress(volume, view, session, this.#slices.point ?? slices);
    if (address === this.#addresses) history.replaceState(null, "", hash);
  }

  /** Puts the view into the address even where it is as the server shows the volume at first. */
  async rememberView() {
    this.#wanted.view ??= this.#viewing.shown.view;
    await this.remember();
  }

  /** Joins a session and shows what it shows. */
  #join({ session, ticket }) {
    this.#send(`Joining ${session} …`, { session, ticket });
  }

  #openFirst(names) {
    const { volume: wanted, view, slices } = this.#wanted;
    const volume = names.includes(wanted) ? wanted : names[0];
    if (wanted && volume !== wanted) this.#told.say(`There is no volume ${wanted} on this server`);
    const same = volume === wanted;
    if (volume) this.open(volume, same ? view : null, same ? (this.#slices.point ?? slices) : null);
    else wait("This server has no volumes");
  }

  /** The session that was to be joined is not there any more: what it showed last is, in a new one. */
  #notJoined(code, message) {
    const names = [...this.#volumes.options].map((option) => option.value);
    const { session, ticket } = this.#joining;
    // A ticket of a server that has been started anew since is no good, and perhaps none is needed.
    this.#sharing.ticket = "";
    this.#joining = { session: code === "forbidden" && ticket ? session : null, ticket: "" };
    if (this.#joining.session) this.#join(this.#joining);
    else if (this.#wanted.volume) this.#openFirst(names);
    else wait(message);
  }

  #send(words, fields) {
    this.#told.leave();
    wait(words);
    const { session, ticket } = this.#sharing;
    this.#opening = this.#told.open({ ...(session ? { session, ticket } : {}), ...fields });
  }

  async #listVolumes() {
    try {
      const names = await server.volumeNames();
      this.#volumes.replaceChildren(...names.map((name) => new Option(name)));
      return names;
    } catch (error) {
      this.#told.say(error.message);
      return null;
    }
  }
}
