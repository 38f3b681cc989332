// Who else looks at this session: the list of members, the pilot's hat, and links that let others in.

const CHOICES = { "look for an hour": ["viewer", 60], "look for a day": ["viewer", 1440], "steer for an hour": ["pilot", 60] };
const KEPT = "voxelcast-session";

/** The session that this tab was in when it was loaded last: {session, ticket}, or nothing. */
export function rememberedSession() {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
}

export class Sharing {
  #find;
  #ask;
  #say;
  #you = null;
  #members = [];
  #invited = false;
  session = null;
  ticket = "";

  /** `find(id)` an element; `ask(type, fields)` of the server; `say(text)` to the user. */
  constructor(find, ask, say) {
    this.#find = find;
    this.#ask = ask;
    this.#say = say;
    find("invitation").replaceChildren(...Object.keys(CHOICES).map((words) => new Option(`Link to ${words}`, words)));
    find("invite").addEventListener("click", () => {
      const [role, minutes] = CHOICES[find("invitation").value];
      ask("invite", { role, minutes });
    });
  }

  /** Whether this page may change what is shown. */
  get piloting() {
    return this.#you === null || this.#members.find(({ id }) => id === this.#you)?.role === "pilot";
  }

  /** Whether the address should lead into the session: others are in it, or were invited. */
  get shared() {
    return this.#invited || this.#members.length > 1;
  }

  open(session) {
    this.session = session;
    this.#remember();
  }

  /** The server's message `members`. */
  show({ members, you, ticket }) {
    const before = this.piloting;
    const known = this.#you === you;
    Object.assign(this, { ticket });
    this.#you = you;
    this.#members = members;
    this.#remember();
    this.#find("people").replaceChildren(...members.map((member) => this.#row(member)));
    this.#find("share").hidden = !this.piloting;
    document.body.classList.toggle("watching", !this.piloting);
    this.#find("role").textContent = this.piloting ? "" : "You are watching; a pilot steers.";
    if (known && before !== this.piloting) this.#say(this.piloting ? "You are a pilot now" : "You are watching now");
  }

  /** The server's message `invited`: a link to copy. */
  async invited({ session, ticket, expires }) {
    this.#invited = true;
    const link = new URL(`?ticket=${ticket}#session=${session}`, location.href.split(/[?#]/)[0]);
    this.#find("link").value = link.href;
    this.#find("link-row").hidden = false;
    this.#find("link-end").textContent = `until ${new Date(expires * 1000).toLocaleString()}`;
    this.#find("link").select();
    // Only pages of https and of this machine may write to the clipboard.
    await navigator.clipboard?.writeText(link.href);
  }

  #row({ id, name, role }) {
    const row = document.createElement("li");
    const who = [name || `Guest ${id}`, id === this.#you && "(you)", role === "pilot" && "· pilot"];
    row.append(who.filter(Boolean).join(" "));
    if (this.piloting && id !== this.#you && role === "viewer") {
      const hand = Object.assign(document.createElement("button"), { type: "button", textContent: "Pass the hat" });
      hand.setAttribute("aria-label", `Let ${name || `guest ${id}`} steer instead of you`);
      hand.addEventListener("click", () => this.#ask("hand", { to: id }));
      row.append(hand);
    }
    return row;
  }

  #remember() {
    sessionStorage.setItem(KEPT, JSON.stringify({ session: this.session, ticket: this.ticket }));
  }
}
