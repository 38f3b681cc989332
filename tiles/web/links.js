// The list of addresses, each with a button that copies it.

export class Links {
  #place;
  #template;
  #fields = [];

  constructor(place, template) {
    this.#place = place;
    this.#template = template;
  }

  show(addresses) {
    if (!this.#fields.length) {
      const items = addresses.map((address) => this.#make(address));
      this.#place.replaceChildren(...items);
      this.#fields = items.map((item) => item.querySelector(".address"));
    }
    addresses.forEach(({ text }, index) => (this.#fields[index].value = text));
  }

  #make({ label, hint }) {
    const item = this.#template.content.firstElementChild.cloneNode(true);
    const field = item.querySelector(".address");
    const button = item.querySelector(".copy");
    field.id = `address-${label.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
    item.querySelector("label").htmlFor = field.id;
    item.querySelector(".label").textContent = label;
    item.querySelector(".hint").textContent = hint;
    button.setAttribute("aria-label", `Copy the address for ${label}`);
    field.addEventListener("focus", () => field.select());
    button.addEventListener("click", () => copy(field, button));
    return item;
  }
}

async function copy(field, button) {
  // Pages over plain HTTP have no clipboard of the new kind.
  if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
  else {
    field.select();
    document.execCommand("copy");
  }
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 1500);
}
