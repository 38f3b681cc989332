// The plane in OpenSeadragon. A new picture of the same size lies over the one before until it is loaded, and then takes
// its place: nothing flickers while a slider is dragged.

const { OpenSeadragon } = globalThis;

/** Pictures that lie over each other at most. */
const DEEP = 3;

export class Picture {
  #viewer;
  #wanted = null;
  #opening = false;
  #onFailure;

  /** `onScale(pixels)` says how many pixels of the screen a pixel of the finest picture has; `onFailure(url)`. */
  constructor(element, onScale, onFailure) {
    this.#viewer = new OpenSeadragon.Viewer({
      element,
      drawer: "canvas",
      showNavigationControl: false,
      silenceMultiImageWarnings: true,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      maxZoomPixelRatio: 16,
      visibilityRatio: 0.3,
      animationTime: 0.3,
      // What is busy says to come again in a second.
      tileRetryMax: 3,
      tileRetryDelay: 1000,
    });
    this.#onFailure = onFailure;
    for (const event of ["zoom", "resize", "open"]) this.#viewer.addHandler(event, () => onScale(this.#scale()));
    this.#viewer.addHandler("tile-load-failed", ({ tile }) => onFailure(tile.getUrl()));
    this.#viewer.addHandler("canvas-key", (event) => {
      const { key } = event.originalEvent;
      // OpenSeadragon turns and mirrors pictures on r and f, and a mirrored plane is not the volume; and it knows plus
      // and minus by their place on an American keyboard.
      const factor = { "+": 1.5, "=": 1.5, "-": 1 / 1.5 }[key];
      if (factor) this.zoomBy(factor);
      if (factor || /^[rf]$/i.test(key)) event.preventDefaultAction = true;
    });
  }

  /** The Deep Zoom picture at `url`; with `anew` one of another size, shown whole. */
  show(url, anew) {
    this.#wanted = { url, anew: anew || this.#wanted?.anew };
    if (!this.#opening) this.#openWanted();
  }

  zoomBy(factor) {
    this.#viewer.viewport.zoomBy(factor);
    this.#viewer.viewport.applyConstraints();
  }

  showAll() {
    this.#viewer.viewport.goHome();
  }

  async #openWanted() {
    this.#opening = true;
    while (this.#wanted) {
      const { url, anew } = this.#wanted;
      this.#wanted = null;
      await (anew ? this.#open(url) : this.#add(url));
    }
    this.#opening = false;
  }

  #open(url) {
    return new Promise((resolve) => {
      this.#viewer.addOnceHandler("open", () => this.#takeOver(this.#top, resolve));
      this.#viewer.addOnceHandler("open-failed", () => this.#fail(url, resolve));
      this.#viewer.open(url);
    });
  }

  #add(url) {
    return new Promise((resolve) => {
      this.#viewer.addTiledImage({
        tileSource: url,
        success: ({ item }) => this.#takeOver(item, resolve),
        error: () => this.#fail(url, resolve),
      });
    });
  }

  #fail(url, resolve) {
    this.#onFailure(url);
    resolve();
  }

  get #top() {
    const world = this.#viewer.world;
    return world.getItemAt(world.getItemCount() - 1);
  }

  /** Away with what lies below `item` as soon as that is loaded. */
  #takeOver(item, resolve) {
    const world = this.#viewer.world;
    const clear = () => {
      if (!item.getFullyLoaded()) return;
      while (world.getIndexOfItem(item) > 0) world.removeItem(world.getItemAt(0));
      if (item === this.#top) this.#viewer.element.dataset.shown = item.source.tilesUrl + (item.source.queryParams ?? "");
    };
    item.addHandler("fully-loaded-change", clear);
    while (world.getItemCount() > DEEP) world.removeItem(world.getItemAt(1));
    clear();
    resolve();
  }

  #scale() {
    return this.#viewer.world.getItemCount() ? this.#top.viewportToImageZoom(this.#viewer.viewport.getZoom()) : 0;
  }
}
