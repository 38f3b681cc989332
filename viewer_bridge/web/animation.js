// Keyframes -> a movie: the section "Animation" of the page. What is in it is kept while the tab is open.

import { Export } from "./export.js";
import { Keyframes } from "./keyframes.js";
import { between } from "./movies.js";
import { Playback } from "./playback.js";
import { save } from "./save.js";

const MOST_SIDE = 4096;
const STEPS = 1000;
const SHAPES = { wide: 16 / 9, square: 1 };

export class AnimationPanel {
  #find;
  #page;
  #volume = null;
  #keyframes;
  #playback;
  #export;

  /** `find(id)` an element of the page; `page` has view() of what is shown, change(fields) and say(text). */
  constructor(find, page) {
    this.#find = find;
    this.#page = page;
    const { view, change, say } = page;
    this.#keyframes = new Keyframes(find("keyframes"), find("keyframe-template"), {
      view,
      say,
      edited: () => this.#edited(),
      emptied: () => find("keyframe-add").focus(),
      show: (wanted) => {
        this.#playback.stop();
        const { volume: _volume, size: _size, ...fields } = wanted;
        change(fields);
      },
    });
    this.#playback = new Playback({
      change,
      say,
      animation: () => this.#animation(),
      moved: (seconds, total) => this.#showTime(seconds, total),
      stopped: () => this.#showPlaying(false),
    });
    this.#export = new Export(find, { say, title: () => `${this.#fileName}.mp4`, changed: () => this.#keep() });
    this.#listen();
  }

  /** Another volume is shown: its own keyframes, if there were any. */
  open(volume) {
    if (volume === this.#volume) return;
    this.#volume = volume;
    this.#find("animation-tools").hidden = false;
    const { keyframes = [], movie = null, ...settings } = JSON.parse(sessionStorage.getItem(this.#key) ?? "{}");
    this.#set(keyframes, settings);
    this.#export.follow(movie, false);
  }

  #listen() {
    const find = this.#find;
    const on = (id, act, event = "click") => find(id).addEventListener(event, act);
    on("keyframe-add", () => this.#page.view() && this.#keyframes.add([this.#page.view()]));
    on("keyframe-turn", () => this.#turn());
    on("animation-play", () => this.#play());
    on("animation-at", () => this.#playback.seek(find("animation-at").valueAsNumber / STEPS), "input");
    for (const id of ["movie-lines", "movie-shape", "movie-fps", "animation-smooth"]) on(id, () => this.#edited(), "change");
    on("animation-save", () => this.#save());
    on("animation-load", () => find("animation-file").click());
    on("animation-file", () => this.#load(), "change");
    on("animation-clear", () => {
      this.#set([], {});
      this.#edited();
      find("keyframe-add").focus();
    });
    on("movie-begin", () => {
      this.#playback.stop();
      this.#export.begin(this.#animation());
    });
    // Who takes hold of the picture wants to steer it.
    for (const event of ["pointerdown", "wheel", "keydown"]) {
      find("picture").addEventListener(event, () => this.#playback.stop(), { passive: true });
    }
  }

  /** As the server takes it. */
  #animation() {
    const { easing, fps, size } = this.#settings;
    return { keyframes: this.#keyframes.all, size, fps, easing };
  }

  get #settings() {
    const [lines, shape, fps] = ["movie-lines", "movie-shape", "movie-fps"].map((id) => this.#find(id).value);
    const easing = this.#find("animation-smooth").checked ? "smooth" : "linear";
    const [width, height] = this.#page.view()?.size ?? [16, 9];
    return { lines, shape, fps: Number(fps), easing, size: sizeOf(Number(lines), SHAPES[shape] ?? width / height) };
  }

  #set(keyframes, { lines = "720", shape = "wide", fps = 30, easing = "smooth" }) {
    this.#find("movie-lines").value = lines;
    this.#find("movie-shape").value = shape;
    this.#find("movie-fps").value = fps;
    this.#find("animation-smooth").checked = easing === "smooth";
    this.#keyframes.all = keyframes;
    this.#show();
  }

  #edited() {
    this.#show();
    this.#keep();
  }

  #show() {
    const { all } = this.#keyframes;
    this.#playback.forget();
    this.#find("keyframes-hint").hidden = all.length > 1;
    this.#find("animation-made").hidden = all.length < 2;
    this.#find("animation-clear").disabled = all.length === 0;
    this.#find("animation-save").disabled = all.length < 2;
    this.#showTime(0, all.reduce((sum, one) => sum + one.seconds, 0));
  }

  #showTime(seconds, total) {
    const text = `${seconds.toFixed(1)} of ${total.toFixed(1)} s`;
    this.#find("animation-at").value = total ? (STEPS * seconds) / total : 0;
    this.#find("animation-at").setAttribute("aria-valuetext", text);
    this.#find("animation-time").textContent = text;
  }

  async #play() {
    if (this.#playback.playing) {
      this.#playback.stop();
    } else {
      await this.#playback.play();
      this.#showPlaying(this.#playback.playing);
    }
  }

  #showPlaying(playing) {
    this.#find("animation-play").textContent = playing ? "Pause" : "Play";
  }

  #turn() {
    const view = this.#page.view();
    if (!view) return;
    if (["slice", "oblique"].includes(view.mode.type)) {
      this.#page.say("A slice cannot be turned around: choose another mode first");
      return;
    }
    const views = around(view.camera).map((camera) => ({ ...view, camera }));
    // It goes on from a keyframe of just this view.
    const last = this.#keyframes.all.at(-1)?.view;
    this.#keyframes.add(JSON.stringify(last) === JSON.stringify(view) ? views.slice(1) : views);
  }

  #save() {
    const text = JSON.stringify(this.#animation(), null, 2);
    save(new Blob([text], { type: "application/json" }), `${this.#fileName}.animation.json`);
  }

  async #load() {
    const [file] = this.#find("animation-file").files;
    if (!file) return;
    const volume = this.#volume;
    try {
      const read = JSON.parse(await file.text());
      const keyframes = read.keyframes.map((one) => ({ ...one, view: { ...one.view, volume } }));
      // The server says what is wrong with it, if anything is.
      await between({ ...read, keyframes }, 2);
      if (volume !== this.#volume) return;
      this.#set(keyframes, { ...read, ...shapeOf(read.size) });
      this.#edited();
    } catch (error) {
      this.#page.say(`${file.name} is no animation of ${volume}: ${error.message}`);
    } finally {
      this.#find("animation-file").value = "";
    }
  }

  get #fileName() {
    return this.#volume.replaceAll("/", "_");
  }

  get #key() {
    return `voxelcast-animation ${this.#volume}`;
  }

  #keep() {
    const kept = { ...this.#settings, keyframes: this.#keyframes.all, movie: this.#export.id };
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(kept));
    } catch {
      this.#page.say("There is no room to keep these keyframes: save them, or they are gone when the page is");
    }
  }
}

/** [width, height] whose shorter side has so many pixels, if the longer one may. */
function sizeOf(lines, ratio) {
  const [width, height] = ratio > 1 ? [lines * ratio, lines] : [lines, lines / ratio];
  const share = Math.min(1, MOST_SIDE / Math.max(width, height));
  return [width, height].map((side) => Math.max(16, 2 * Math.round((side * share) / 2)));
}

/** What of this page's choices is nearest to a size. */
function shapeOf([width, height] = [1280, 720]) {
  const near = (ratio) => Math.abs(width / height - ratio) < 0.01;
  const shape = Object.keys(SHAPES).find((name) => near(SHAPES[name])) ?? "picture";
  const lines = [720, 1080, 2160].find((side) => Math.min(width, height) <= side) ?? 2160;
  return { lines: String(lines), shape };
}

/** Cameras around the target and the picture's vertical, a quarter of a turn apart, to the right; the first is the last. */
function around(camera) {
  const { position, target, up } = camera;
  const front = position.map((part, i) => part - target[i]);
  const distance = Math.hypot(...front);
  const side = cross(up, front);
  const right = side.map((part) => (part * distance) / Math.hypot(...side));
  const upright = cross(front, right).map((part) => part / distance ** 2);
  const offsets = [front, right, front.map((part) => -part), right.map((part) => -part), front];
  return offsets.map((offset) => ({ ...camera, position: target.map((part, i) => part + offset[i]), up: upright }));
}

function cross([ax, ay, az], [bx, by, bz]) {
  return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}
