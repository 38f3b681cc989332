// The picture of a transfer function: histogram, opacity curve, colour bar, and a slider for each thing to take hold of.

import { heightOf, opacityAt, percent, pointsOf, shareOf, shortNumber } from "./curve.js";
import { handlesOf } from "./handles.js";
import { outline } from "./histogram.js";
import { colorAt, strip } from "./stops.js";

const COLORS = 32;
/** Pieces of the curve between two of its points. */
const PIECES = 12;
const TICKS = [0.01, 0.1, 0.5, 1];

export class Plot {
  #name;
  #area = make("div", "plot");
  #bar = make("div", "colors");
  #said = make("output", "under");
  #thumbs = new Map();

  /** Draws in `place`; `name` is the channel's. */
  constructor(place, name) {
    this.#name = name;
    this.#area.innerHTML = `<svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      <path/><svg height="1" preserveAspectRatio="none"><path class="within"/></svg><path class="curve"/></svg>`;
    for (const opacity of TICKS) {
      const tick = make("i", "tick", percent(opacity));
      tick.style.top = `${100 * (1 - heightOf(opacity))}%`;
      tick.ariaHidden = true;
      this.#area.append(tick);
    }
    this.#said.setAttribute("aria-live", "off");
    place.append(this.#bar, this.#area, this.#said);
  }

  /** `shown` as of handles.js, with {statistics, color, stops, logarithmic}; `range` is from left to right. */
  draw(shown, [from, to]) {
    const { statistics, transfer, fades, color, stops, logarithmic } = shown;
    const share = (value) => (value - from) / (to - from);
    const [whole, within, curve] = this.#area.querySelectorAll("path");
    const counts = statistics ? outline(statistics, [from, to], logarithmic) : "";
    for (const path of [whole, within]) path.setAttribute("d", counts);
    const [low, high] = transfer.window.map(share);
    const part = { x: low, width: high - low, viewBox: `${low} 0 ${high - low} 1` };
    for (const [name, value] of Object.entries(part)) within.parentElement.setAttribute(name, value);
    within.style.fill = color;
    curve.setAttribute("d", fades ? line(transfer, [from, to], share) : "");
    this.#area.classList.toggle("fades", fades);
    this.#bar.style.background = gradient(transfer, stops, share);
    this.#drawThumbs(handlesOf(shown), [from, to], share);
  }

  /** Where an event is: x and y in pixels of the plot of width and height, and the value there. */
  at(event, [from, to]) {
    const { left, top, width, height } = this.#area.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    return { x, y, width, height, value: from + (x / width) * (to - from) };
  }

  focus(key) {
    this.#thumbs.get(key)?.focus({ preventScroll: true });
  }

  say(text) {
    this.#said.textContent = text;
  }

  /** Says what a handle's is now. */
  tell(key) {
    this.say(this.#thumbs.get(key)?.ariaValueText ?? "");
  }

  #drawThumbs(handles, [from, to], share) {
    const keys = handles.map(({ key }) => key);
    for (const [key, thumb] of this.#thumbs) {
      if (keys.includes(key)) continue;
      thumb.remove();
      this.#thumbs.delete(key);
    }
    for (const { key, value, height, label, text } of handles) {
      const thumb = this.#thumbs.get(key) ?? this.#newThumb(key);
      thumb.style.left = `${100 * share(value)}%`;
      if (height !== undefined) thumb.style.top = `${100 * (1 - height)}%`;
      Object.assign(thumb, { ariaLabel: `${label}, ${this.#name}`, ariaValueText: text });
      Object.assign(thumb, { ariaValueMin: shortNumber(from), ariaValueMax: shortNumber(to), ariaValueNow: shortNumber(value) });
    }
  }

  #newThumb(key) {
    const thumb = make("div", `thumb ${key.replace(/\d/g, "")}`);
    Object.assign(thumb, { tabIndex: 0, role: "slider" });
    thumb.dataset.key = key;
    thumb.addEventListener("focus", () => this.tell(key));
    thumb.addEventListener("blur", () => this.say(""));
    this.#thumbs.set(key, thumb);
    this.#area.append(thumb);
    return thumb;
  }
}

/** The curve in a box of 1 x 1, y down, bent as the heights and gamma bend it. */
function line(transfer, [from, to], share) {
  const points = pointsOf(transfer);
  const seen = [[from, points[0][1]], ...points, [to, points.at(-1)[1]]];
  const parts = seen.flatMap(([value, opacity], i) => {
    const next = seen[i + 1]?.[0] ?? value;
    const pieces = next > value && i > 0 ? PIECES : 1;
    const inner = Array.from({ length: pieces - 1 }, (_, k) => value + ((k + 1) / pieces) * (next - value));
    return [[value, opacity], ...inner.map((at) => [at, opacityAt(transfer, at)])];
  });
  return `M${parts.map(([value, opacity]) => `${share(value).toFixed(4)} ${(1 - heightOf(opacity)).toFixed(4)}`).join("L")}`;
}

/** The colours of the values from left to right, as CSS. */
function gradient(transfer, stops, share) {
  const [low, high] = transfer.window;
  const colors = Array.from({ length: COLORS + 1 }, (_, i) => {
    const value = low + (i / COLORS) * (high - low);
    return `${colorAt(stops, shareOf(transfer, value))} ${(100 * share(value)).toFixed(2)}%`;
  });
  return strip(colors);
}

function make(tag, name, text = "") {
  return Object.assign(document.createElement(tag), { className: name, textContent: text });
}
