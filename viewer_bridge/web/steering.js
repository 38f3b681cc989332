// What the hand does between two pictures of the screen goes to the server as one message of each kind.

/** Collects inputs and sends them once per animation frame, in order; neighbours of the same kind become one. */
export class Steering {
  #send;
  #pending = [];
  #scheduled = false;

  /** `send(type, fields, since)`: `since` is when the first of the inputs came about, by performance.now(). */
  constructor(send) {
    this.#send = send;
  }

  /** Whether all that the user did has been sent. */
  get idle() {
    return this.#pending.length === 0;
  }

  orbit(dx, dy) {
    this.#push("orbit", { dx, dy }, addShift);
  }

  pan(dx, dy) {
    this.#push("pan", { dx, dy }, addShift);
  }

  zoom(factor, x = 0, y = 0) {
    this.#push("zoom", { factor, x, y }, (old, added) => ({ ...added, factor: old.factor * added.factor }));
  }

  change(fields) {
    this.#push("change", fields, mergeChange);
  }

  reset(what) {
    this.#push("reset", { what }, (_, added) => added);
  }

  forget() {
    this.#pending = [];
  }

  #push(type, fields, merge) {
    const last = this.#pending.at(-1);
    if (last?.type === type) last.fields = merge(last.fields, fields);
    else this.#pending.push({ type, fields, since: performance.now() });
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => this.#flush());
  }

  #flush() {
    this.#scheduled = false;
    const pending = this.#pending;
    this.#pending = [];
    for (const { type, fields, since } of pending) this.#send(type, fields, since);
  }
}

function addShift(old, added) {
  return { dx: old.dx + added.dx, dy: old.dy + added.dy };
}

function mergeChange(old, added) {
  const merged = { ...old, ...added };
  if (old.channels && added.channels) {
    const channels = new Map(old.channels.map((channel) => [channel.index, channel]));
    for (const channel of added.channels) channels.set(channel.index, channel);
    merged.channels = [...channels.values()];
  }
  return merged;
}
