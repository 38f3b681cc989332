// The dialog that asks which picture of the view is wanted, and saves or copies it.

import { keep, recall } from "./kept.js";
import { save } from "./save.js";
import { MOST_PIXELS, MOST_SIDE, drawStill, resized } from "./still.js";

const SIZES = { "1080p": [1920, 1080], "1440p": [2560, 1440], "4K": [3840, 2160], "8K": [7680, 4320] };
const KEPT = ["format", "samples", "transparent", "bar"];

const FORM = `
  <h2 id="still-title">Save picture</h2>
  <label>Size <select name="preset"></select></label>
  <div class="pair">
    <label>Width <input type="number" name="width" min="16" max="${MOST_SIDE}" required></label>
    <label>Height <input type="number" name="height" min="16" max="${MOST_SIDE}" required></label>
  </div>
  <label class="check"><input type="checkbox" name="lock" checked> Keep this shape</label>
  <label>Format <select name="format"><option value="png">PNG</option><option value="jpg">JPEG</option><option value="webp">WebP</option></select></label>
  <label>Smoothness <select name="samples"><option value="1">1 ray a pixel, fastest</option><option value="4" selected>4 rays a pixel</option><option value="16">16 rays a pixel</option><option value="64">64 rays a pixel, slowest</option></select></label>
  <label class="check"><input type="checkbox" name="transparent"> Transparent background</label>
  <label class="check"><input type="checkbox" name="bar"> With a scale bar</label>
  <p role="status"></p>
  <div class="buttons"><button type="button" name="cancel">Cancel</button><button type="button" name="copy">Copy</button><button class="main">Save</button></div>`;

export class StillDialog {
  #dialog;
  #form;
  #inputs;
  #view = null;
  #ratio = 1;
  #aborting = null;

  constructor(dialog) {
    this.#dialog = dialog;
    this.#form = document.createElement("form");
    this.#form.innerHTML = FORM;
    dialog.append(this.#form);
    this.#inputs = this.#form.elements;
    const { preset, width, height, lock, format, copy, cancel } = this.#inputs;
    preset.addEventListener("change", () => this.#choose(preset.value));
    width.addEventListener("input", () => this.#typed(height, width.valueAsNumber / this.#ratio));
    height.addEventListener("input", () => this.#typed(width, height.valueAsNumber * this.#ratio));
    lock.addEventListener("change", () => this.#lock());
    format.addEventListener("change", () => this.#showFormat());
    for (const name of KEPT) this.#remember(this.#inputs[name], `still.${name}`);
    copy.hidden = !(navigator.clipboard?.write && window.ClipboardItem);
    copy.addEventListener("click", () => this.#copy());
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.#aborting?.abort());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
  }

  /** Asks which picture of `view` is wanted. */
  open(view) {
    this.#view = view;
    const { preset, bar } = this.#inputs;
    const screen = `As on the screen (${view.size.join(" × ")})`;
    const sizes = Object.entries(SIZES).map(([name, size]) => new Option(`${name} (${size.join(" × ")})`, name));
    preset.replaceChildren(new Option(screen, "screen"), ...sizes, new Option("Other", "other"));
    bar.checked ||= view.annotations.scale_bar;
    this.#choose("screen");
    this.#showFormat();
    this.#say("");
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #remember(input, key) {
    const property = input.type === "checkbox" ? "checked" : "value";
    input[property] = recall(key, input[property]);
    input.addEventListener("change", () => keep(key, input[property]));
  }

  #choose(preset) {
    if (preset === "other") return this.#inputs.width.focus();
    const [width, height] = SIZES[preset] ?? this.#view.size;
    Object.assign(this.#inputs.width, { value: width });
    Object.assign(this.#inputs.height, { value: height });
    this.#lock();
    this.#check();
  }

  #lock() {
    const { width, height } = this.#inputs;
    this.#ratio = width.valueAsNumber / height.valueAsNumber || this.#ratio;
  }

  #typed(other, value) {
    this.#inputs.preset.value = "other";
    if (this.#inputs.lock.checked && Number.isFinite(value)) other.value = Math.max(16, Math.round(value));
    if (!this.#inputs.lock.checked) this.#lock();
    this.#check();
  }

  #check() {
    const { width, height } = this.#inputs;
    const pixels = width.valueAsNumber * height.valueAsNumber;
    const most = Math.floor(MOST_PIXELS / 1e6);
    width.setCustomValidity(pixels > MOST_PIXELS ? `${Math.round(pixels / 1e6)} million pixels: at most ${most} are drawn` : "");
  }

  #showFormat() {
    this.#inputs.transparent.disabled = this.#inputs.format.value === "jpg";
  }

  #wanted() {
    const { width, height, transparent, bar } = this.#inputs;
    const view = resized(this.#view, [width.valueAsNumber, height.valueAsNumber]);
    const alpha = transparent.checked && !transparent.disabled ? 0 : view.background[3];
    const background = [...view.background.slice(0, 3), alpha];
    return { ...view, background, annotations: { ...view.annotations, scale_bar: bar.checked } };
  }

  #draw(ending) {
    const samples = Number(this.#inputs.samples.value);
    this.#aborting = new AbortController();
    const progress = (done, count) => this.#say(`Drawing: ${done} of ${count} parts`);
    return drawStill(this.#wanted(), { ending, samples }, this.#aborting.signal, progress);
  }

  #save() {
    const ending = this.#inputs.format.value;
    return this.#busy(async () => {
      save(await this.#draw(ending), `${this.#view.volume.replaceAll("/", "_")}.${ending}`);
      this.#dialog.close();
    });
  }

  /** As PNG, the one format that clipboards take. */
  #copy() {
    if (!this.#form.reportValidity()) return;
    // A promise of the picture: Safari lets a page write only while it handles the click.
    this.#busy(async () => {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": this.#draw("png") })]);
      this.#say("Copied");
    });
  }

  async #busy(work) {
    const buttons = this.#form.querySelectorAll("button:not([name=cancel])");
    for (const button of buttons) button.disabled = true;
    this.#say("Drawing …");
    try {
      await work();
    } catch (error) {
      this.#say(error.name === "AbortError" ? "" : `No picture: ${error.message}`);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  #say(text) {
    this.#form.querySelector("[role=status]").textContent = text;
  }
}
