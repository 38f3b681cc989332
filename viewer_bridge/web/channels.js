// One card for each channel: on or off, colour, window, opacity.

import { mapColor } from "./color.js";
import { Histogram } from "./histogram.js";

const MAX_VISIBLE = 8;

export class Channels {
  #place;
  #template;
  #cards = [];
  #onChange;
  #onSurface;

  /** `onChange(channel)` with the whole new channel; `onSurface(index, value)` of its isosurface. */
  constructor(place, template, onChange, onSurface) {
    this.#place = place;
    this.#template = template;
    this.#onChange = onChange;
    this.#onSurface = onSurface;
  }

  /** New cards for a volume. */
  open(info) {
    const make = (channel, index) =>
      new Card(this.#template, channel, index, this.#onChange, (value) => this.#onSurface(index, value));
    this.#cards = info.channels.map(make);
    this.#place.replaceChildren(...this.#cards.map((card) => card.element));
  }

  setStatistics(statistics) {
    statistics.forEach((one, index) => this.#cards[index]?.setStatistics(one));
  }

  show(view) {
    const visible = view.channels.filter((channel) => channel.visible).length;
    for (const channel of view.channels) {
      const surface = view.mode.isosurfaces?.find((one) => one.channel === channel.index);
      this.#cards[channel.index]?.show(channel, view.mode.type === "dvr", visible >= MAX_VISIBLE, surface);
    }
  }
}

class Card {
  #channel = null;
  #statistics = null;
  #surface = null;
  #inputs;
  #histogram;

  constructor(template, info, index, onChange, onSurface) {
    this.element = template.content.firstElementChild.cloneNode(true);
    const find = (name) => this.element.querySelector(`.${name}`);
    this.#inputs = Object.fromEntries(
      ["visible", "color", "low", "high", "auto", "opacity", "map", "shape", "surface", "surface-text"].map((name) => [name, find(name)]),
    );
    const name = info.label || `Channel ${index}`;
    find("label").textContent = name;
    this.element.setAttribute("aria-label", name);
    this.#describe(name);
    const edit = (changes) => onChange({ ...this.#channel, ...changes });
    const editTransfer = (changes) => edit({ transfer: { ...this.#channel.transfer, ...changes } });
    const setWindow = (window) => editTransfer({ window });
    const auto = () => this.#statistics && setWindow(this.#statistics.window);
    this.#histogram = new Histogram(find("histogram"), setWindow, auto);
    const { visible, color, low, high, opacity } = this.#inputs;
    visible.addEventListener("change", () => edit({ visible: visible.checked }));
    color.addEventListener("input", () => editTransfer({ colormap: color.value }));
    opacity.addEventListener("input", () => editTransfer({ opacity: scaled(this.#channel, opacity.valueAsNumber ** 2) }));
    this.#inputs.auto.addEventListener("click", auto);
    this.#inputs.surface.addEventListener("input", () => onSurface(this.#inputs.surface.valueAsNumber));
    for (const input of [low, high]) {
      input.addEventListener("change", () => {
        const window = [low.valueAsNumber, high.valueAsNumber];
        if (window[0] < window[1]) setWindow(window);
        else this.#showWindow();
      });
    }
  }

  setStatistics(statistics) {
    this.#statistics = statistics;
    this.#inputs.auto.disabled = false;
    if (this.#channel) this.#showWindow();
  }

  show(channel, opacityActs, full, surface) {
    this.#channel = channel;
    this.#surface = surface;
    const { visible, color, opacity, map, shape, auto } = this.#inputs;
    const { colormap, opacity: curve } = channel.transfer;
    visible.checked = channel.visible;
    visible.disabled = full && !channel.visible;
    visible.title = visible.disabled ? `${MAX_VISIBLE} channels can be shown at once` : "";
    shape.hidden = !channel.visible;
    color.value = mapColor(colormap) ?? "#ffffff";
    map.textContent = mapColor(colormap) ? "" : colormap;
    // What the eye sees of an opacity crowds together at its lower end: the slider goes by the square root.
    opacity.value = Math.sqrt(Math.max(...curve.map(([, alpha]) => alpha)));
    opacity.parentElement.hidden = !opacityActs;
    auto.disabled = !this.#statistics;
    this.#showWindow();
  }

  #showWindow() {
    const { low, high } = this.#inputs;
    const window = this.#channel.transfer.window;
    [low, high].forEach((input, end) => {
      if (input !== document.activeElement) input.value = shortNumber(window[end]);
    });
    this.#histogram.show(this.#statistics, window, mapColor(this.#channel.transfer.colormap) ?? "#ffffff");
    this.#showSurface();
  }

  #showSurface() {
    const { surface, "surface-text": text } = this.#inputs;
    surface.parentElement.hidden = !this.#surface;
    if (!this.#surface || surface === document.activeElement) return;
    const [from, to] = this.#histogram.range;
    Object.assign(surface, { min: from, max: to, step: (to - from) / 1000 });
    surface.value = this.#surface.value;
    text.textContent = shortNumber(this.#surface.value);
  }

  #describe(name) {
    const { visible, color, low, high, auto, opacity } = this.#inputs;
    visible.setAttribute("aria-label", `Show ${name}`);
    color.setAttribute("aria-label", `Colour of ${name}`);
    low.setAttribute("aria-label", `Lower end of the window of ${name}`);
    high.setAttribute("aria-label", `Upper end of the window of ${name}`);
    auto.setAttribute("aria-label", `Window of ${name} from the data`);
    opacity.setAttribute("aria-label", `Opacity of ${name}`);
    this.#inputs.surface.setAttribute("aria-label", `Value of the surface of ${name}`);
    this.element.querySelector(".histogram").setAttribute("aria-label", `Histogram of ${name}; drag the window's ends`);
  }
}

/** The channel's opacity curve with its highest point at `top`; a curve that is 0 everywhere becomes a ramp. */
function scaled(channel, top) {
  const curve = channel.transfer.opacity;
  const highest = Math.max(...curve.map(([, alpha]) => alpha));
  if (highest === 0) return [[0, 0], [1, top]];
  return curve.map(([x, alpha]) => [x, Math.min(1, (alpha / highest) * top)]);
}

function shortNumber(value) {
  return Number(value.toPrecision(5));
}
