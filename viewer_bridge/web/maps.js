// The choice of colour maps of a channel: radio buttons in groups, each with its colours.

import { mapColor } from "./color.js";
import { colormaps } from "./server.js";
import { strip } from "./stops.js";

let pickers = 0;

export class Maps {
  #radios = [];

  /** Fills `place`; `onChoose(name)` with what a View calls it. Throws where the server does not answer. */
  static async open(place, onChoose) {
    return new Maps(place, await colormaps(), onChoose);
  }

  constructor(place, groups, onChoose) {
    const group = `map${(pickers += 1)}`;
    for (const { title, maps } of groups) {
      const set = document.createElement("fieldset");
      set.append(Object.assign(document.createElement("legend"), { textContent: title }));
      set.append(...maps.map((map) => this.#choice(map, group)));
      place.append(set);
    }
    place.addEventListener("change", (event) => onChoose(event.target.value));
  }

  /** Marks what is chosen, if it is among them. */
  show(colormap) {
    for (const radio of this.#radios) radio.checked = radio.value === colormap || sameColor(radio.value, colormap);
  }

  focus() {
    (this.#radios.find((radio) => radio.checked) ?? this.#radios[0]).focus();
  }

  #choice({ name, label, colors }, group) {
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: group, value: name });
    const colored = Object.assign(document.createElement("span"), { className: "strip" });
    colored.style.background = strip(colors);
    const choice = document.createElement("label");
    choice.append(radio, colored, label);
    this.#radios.push(radio);
    return choice;
  }
}

function sameColor(name, colormap) {
  return !Array.isArray(colormap) && mapColor(name) !== null && mapColor(name) === mapColor(colormap);
}
