// One card for each channel: on or off, colours, window, opacity, surface.

import { mapColor } from "./color.js";
import { highestOf, scaled, shortNumber } from "./curve.js";
import { rangeOf } from "./histogram.js";
import { colorAt, stopsOf, strip } from "./stops.js";
import { Transfer } from "./transfer.js";

const MAX_VISIBLE = 8;
/** With more channels than these all cards but one are closed at first. */
const FEW = 3;
/** The gradient, in windows over a unit distance, from which on nothing is taken from an edge. */
const EDGE = 1;

export class Channels {
  #place;
  #template;
  #cards = [];
  #onChange;
  #onSurface;
  #view = null;
  /** Which channels were visible before one was shown alone. */
  #before = null;

  /** `onChange(channels)` with whole new ones; `onSurface(index, value)` of a channel's isosurface. */
  constructor(place, template, onChange, onSurface) {
    this.#place = place;
    this.#template = template;
    this.#onChange = onChange;
    this.#onSurface = onSurface;
  }

  /** New cards for a volume. */
  open(info) {
    this.#before = null;
    const first = Math.max(0, info.channels.findIndex(({ active }) => active));
    this.#cards = info.channels.map(({ label }, index) => {
      const card = new Card(this.#template, label || `Channel ${index}`, {
        change: (channel) => this.#onChange([channel]),
        surface: (value) => this.#onSurface(index, value),
        alone: info.channels.length > 1 && (() => this.#showAlone(index)),
      });
      card.toggle(info.channels.length <= FEW || index === first);
      return card;
    });
    this.#place.replaceChildren(...this.#cards.map((card) => card.element));
  }

  setStatistics(statistics) {
    statistics.forEach((one, index) => this.#cards[index]?.setStatistics(one));
  }

  show(view) {
    this.#view = view;
    const visible = view.channels.filter((channel) => channel.visible).length;
    for (const channel of view.channels) {
      const surface = view.mode.isosurfaces?.find((one) => one.channel === channel.index);
      const others = { fades: view.mode.type === "dvr", full: visible >= MAX_VISIBLE, alone: visible === 1 && channel.visible };
      this.#cards[channel.index]?.show(channel, surface, others);
    }
  }

  /** Shows one channel and no other; where that is so, those that were there before. */
  #showAlone(index) {
    const { channels } = this.#view;
    const visible = channels.filter((channel) => channel.visible).map((channel) => channel.index);
    const alone = String(visible) === String(index);
    const wanted = alone ? (this.#before ?? channels.slice(0, MAX_VISIBLE).map((channel) => channel.index)) : [index];
    if (!alone) this.#before = visible;
    this.#cards[index].toggle(true);
    this.#onChange(channels.map((channel) => ({ ...channel, visible: wanted.includes(channel.index) })));
  }
}

class Card {
  #inputs = {};
  #channel = null;
  #statistics = null;
  #surface = null;
  #fades = true;
  #open = true;
  #editor;
  /** A promise of the choice of colour maps. */
  #maps = null;
  #onChange;

  /** `on` has change(channel), surface(value), and alone(), false where there is no other channel. */
  constructor(template, name, on) {
    this.#onChange = on.change;
    this.element = template.content.firstElementChild.cloneNode(true);
    for (const input of this.element.querySelectorAll("[class]")) this.#inputs[input.classList[0]] = input;
    for (const said of this.element.querySelectorAll("[aria-label]")) said.ariaLabel = said.ariaLabel.replace("*", name);
    this.element.ariaLabel = this.#inputs.label.textContent = name;
    this.#editor = new Transfer(this.#inputs.histogram, name, (transfer) => this.#edit(transfer), on.surface);
    this.#listen(on);
  }

  /** Opens or closes the card. */
  toggle(open) {
    const { fold, shape } = this.#inputs;
    this.#open = open;
    // Of a channel that is not drawn there is nothing to see.
    fold.disabled = this.#channel?.visible === false;
    fold.ariaExpanded = open && !fold.disabled;
    shape.hidden = !open || fold.disabled;
  }

  setStatistics(statistics) {
    this.#statistics = statistics;
    if (this.#channel) this.#draw();
  }

  /** `fades`: opacity acts; `full`: no more channels can be shown; `alone`: no other is. */
  show(channel, surface, { fades, full, alone: isAlone }) {
    [this.#channel, this.#surface, this.#fades] = [channel, surface, fades];
    const { visible, alone, color, opacity, gamma, "gamma-text": text, inverted, edges } = this.#inputs;
    const { transfer } = channel;
    visible.checked = channel.visible;
    visible.disabled = full && !channel.visible;
    visible.title = visible.disabled ? `${MAX_VISIBLE} channels can be shown at once` : "";
    alone.ariaPressed = isAlone;
    this.toggle(this.#open);
    color.value = mapColor(transfer.colormap) ?? "#ffffff";
    // What the eye sees of an opacity crowds together at its lower end: the slider goes by the square root.
    opacity.value = Math.sqrt(highestOf(transfer));
    gamma.value = Math.log2(transfer.gamma);
    text.textContent = shortNumber(transfer.gamma);
    inverted.checked = transfer.inverted;
    edges.value = 1 - (transfer.gradient_opacity[0]?.[1] ?? 1);
    for (const one of [opacity, edges]) one.parentElement.hidden = !fades;
    this.#draw();
  }

  #listen(on) {
    const { visible, alone, fold, map, maps, color, low, high, auto, full, opacity, gamma, inverted, edges, surface, linear } = this.#inputs;
    alone.hidden = !on.alone;
    visible.addEventListener("click", (event) => {
      if (!event.altKey || !on.alone) return;
      event.preventDefault();
      on.alone();
    });
    visible.addEventListener("change", () => this.#onChange({ ...this.#channel, visible: visible.checked }));
    alone.addEventListener("click", () => on.alone());
    fold.addEventListener("click", () => {
      this.toggle(!this.#open);
      this.#draw();
    });
    map.addEventListener("click", () => this.#choose(maps.hidden));
    maps.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.#choose(false);
      map.focus();
    });
    color.addEventListener("input", () => this.#edit({ colormap: color.value }));
    auto.addEventListener("click", () => this.#edit({ window: this.#statistics.window }));
    full.addEventListener("click", () => this.#edit({ window: [this.#statistics.minimum, this.#statistics.maximum] }));
    opacity.addEventListener("input", () => this.#edit(scaled(this.#channel.transfer, opacity.valueAsNumber ** 2)));
    gamma.addEventListener("input", () => this.#edit({ gamma: 2 ** gamma.valueAsNumber }));
    inverted.addEventListener("change", () => this.#edit({ inverted: inverted.checked }));
    edges.addEventListener("input", () => {
      const share = 1 - edges.valueAsNumber;
      this.#edit({ gradient_opacity: share < 1 ? [[0, share], [EDGE, 1]] : [] });
    });
    surface.addEventListener("input", () => Number.isFinite(surface.valueAsNumber) && on.surface(surface.valueAsNumber));
    linear.addEventListener("change", () => this.#draw());
    for (const input of [low, high]) {
      input.addEventListener("change", () => {
        const window = [low.valueAsNumber, high.valueAsNumber];
        if (window[0] < window[1]) this.#edit({ window });
        else this.#draw();
      });
    }
  }

  /** The channel with a part of its transfer function changed. */
  #edit(changes) {
    this.#onChange({ ...this.#channel, transfer: { ...this.#channel.transfer, ...changes } });
  }

  /** Opens or closes the choice of colour maps, which is fetched the first time. */
  async #choose(open) {
    const { maps, map } = this.#inputs;
    maps.hidden = !open;
    map.ariaExpanded = open;
    if (!open) return;
    this.#maps ??= import("./maps.js").then(({ Maps }) => Maps.open(maps, (colormap) => this.#edit({ colormap })));
    const choice = await this.#maps;
    choice.show(this.#channel.transfer.colormap);
    choice.focus();
  }

  #draw() {
    const { low, high, auto, full, map, surface, linear, shape } = this.#inputs;
    const { transfer } = this.#channel;
    const { window, colormap } = transfer;
    [low, high].forEach((input, end) => {
      if (input !== document.activeElement) input.value = shortNumber(window[end]);
    });
    auto.disabled = full.disabled = !this.#statistics;
    const stops = stopsOf(colormap, () => this.#draw());
    map.style.background = strip(stops.map(([x]) => `${colorAt(stops, x)} ${100 * x}%`));
    map.title = typeof colormap === "string" ? colormap : "";
    this.#maps?.then((choice) => choice.show(colormap));
    surface.parentElement.hidden = !this.#surface;
    if (this.#surface) {
      if (surface !== document.activeElement) surface.value = shortNumber(this.#surface.value);
      [surface.min, surface.max] = rangeOf(this.#statistics, [...window, this.#surface.value]);
    }
    if (shape.hidden) return;
    this.#editor.show({
      statistics: this.#statistics,
      transfer,
      fades: this.#fades,
      surface: this.#surface,
      color: mapColor(colormap) ?? colorAt(stops, 0.8),
      stops,
      logarithmic: !linear.checked,
    });
  }
}
