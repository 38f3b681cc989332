// One card for each channel: shown or not, colour, window.

const MAX_VISIBLE = 8;

export class Channels {
  #cards = [];

  /** `onChange(index, changes)` with what is new of a channel: visible, color or window. */
  constructor(place, template, { info, view, statistics }, onChange) {
    const looks = new Map(view.channels.map((channel) => [channel.index, channel.transfer]));
    this.#cards = info.channels.map(
      (channel, index) => new Card(template, channel.label || `Channel ${index}`, looks.get(index), statistics[index].window, (changes) => onChange(index, changes)),
    );
    place.replaceChildren(...this.#cards.map((card) => card.element));
  }

  show(channels) {
    const visible = channels.filter((channel) => channel.visible).length;
    this.#cards.forEach((card, index) => card.show(channels[index], visible));
  }
}

class Card {
  #look;
  #inputs;

  constructor(template, name, look, auto, onChange) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.element.setAttribute("aria-label", name);
    this.#look = { color: mapColor(look?.colormap ?? "#ffffff"), window: look?.window ?? auto };
    const find = (part) => this.element.querySelector(`.${part}`);
    this.#inputs = Object.fromEntries(["visible", "color", "low", "high", "auto"].map((part) => [part, find(part)]));
    find("label").textContent = name;
    const { visible, color, low, high } = this.#inputs;
    color.setAttribute("aria-label", `Colour of ${name}`);
    low.setAttribute("aria-label", `Lower end of the window of ${name}`);
    high.setAttribute("aria-label", `Upper end of the window of ${name}`);
    this.#inputs.auto.setAttribute("aria-label", `Window of ${name} from the data`);
    visible.addEventListener("change", () => onChange({ visible: visible.checked }));
    color.addEventListener("input", () => onChange({ color: color.value }));
    this.#inputs.auto.addEventListener("click", () => onChange({ window: auto }));
    for (const input of [low, high]) {
      input.addEventListener("change", () => {
        const window = [low.valueAsNumber, high.valueAsNumber];
        onChange(window[0] < window[1] ? { window } : {});
      });
    }
  }

  show(channel, visible) {
    const [low, high] = channel.window ?? this.#look.window;
    this.#inputs.visible.checked = channel.visible;
    // Of none there is no picture, and more than eight the server refuses.
    this.#inputs.visible.disabled = channel.visible ? visible === 1 : visible >= MAX_VISIBLE;
    this.#inputs.color.value = channel.color ?? this.#look.color;
    this.#inputs.low.value = Number(low.toPrecision(6));
    this.#inputs.high.value = Number(high.toPrecision(6));
  }
}

/** What stands for a colour map in one colour: white where only the server knows the map's name. */
function mapColor(colormap) {
  if (Array.isArray(colormap)) return hexOf(colormap.at(-1).slice(1, 4));
  return /^#[0-9a-f]{6}$/i.test(colormap) ? colormap : "#ffffff";
}

const hexOf = (color) =>
  `#${color.map((share) => Math.round(share * 255).toString(16).padStart(2, "0")).join("")}`;
