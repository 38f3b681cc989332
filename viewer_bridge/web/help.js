// What keys, mouse and fingers do, by group.

const GROUPS = {
  "Mouse on the volume": {
    drag: "turn (move, in a slice)",
    "right drag, shift drag": "move",
    wheel: "zoom",
    "shift wheel": "next plane of a slice",
    "click, alt hover": "value under the pointer",
    hover: "labels under the pointer",
  },
  Touch: { "one finger": "turn (move, in a slice)", "two fingers": "move and zoom", tap: "value there", "double tap": "reset the camera" },
  "Keys on the volume": {
    "← ↑ → ↓": "turn, with shift move",
    "+ −": "zoom",
    "r or 0": "reset the camera",
    "1 2 3 4": "volume, maximum, slice, surfaces",
    "[ ]": "previous, next plane",
    enter: "value in the middle",
    "m, shift m": "measure a distance, an angle",
  },
  Time: { space: "play, pause", ", .": "previous, next time" },
  "Slices beside the volume": {
    "click, drag": "move the lines",
    wheel: "go through the planes",
    "ctrl wheel, pinch": "zoom",
    "right drag, two fingers": "move the picture",
    "← ↑ → ↓": "move the lines, with shift the picture",
    "[ ], page down, page up": "previous, next plane",
    "home, end": "first, last plane",
    "r, double tap": "fit the volume",
  },
  Page: { v: "four views", f: "full screen", s: "save picture", h: "settings", "?": "this help" },
};

/** Fills an empty dialog. */
export function writeHelp(dialog) {
  const header = document.createElement("header");
  header.append(element("h2", "Keys, mouse and touch", { id: "help-title" }), element("button", "Close"));
  const form = Object.assign(document.createElement("form"), { method: "dialog" });
  const groups = document.createElement("div");
  groups.className = "groups";
  groups.append(...Object.entries(GROUPS).map(([name, keys]) => group(name, keys)));
  form.append(header, groups);
  dialog.append(form);
}

function group(name, keys) {
  const list = document.createElement("dl");
  for (const [key, meaning] of Object.entries(keys)) list.append(element("dt", key), element("dd", meaning));
  const section = document.createElement("div");
  section.append(element("h3", name), list);
  return section;
}

function element(tag, text, properties) {
  return Object.assign(document.createElement(tag), { textContent: text, ...properties });
}
