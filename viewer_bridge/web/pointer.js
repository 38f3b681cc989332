// Mouse, touch and keys on the picture -> steering.

const DEGREES_PER_HEIGHT = 180;
/** Pixels that a hand may tremble in a click. */
const STILL = 3;
const KEY_TURN = 5 / DEGREES_PER_HEIGHT;
const KEY_SHIFT = 0.05;
const KEY_ZOOM = 1.15;
const WHEEL_ZOOM = 0.0015;
const PINCH_ZOOM = 0.01;
const WHEEL_NOTCH = 50;
const LINE = 16;
const PAGE = 400;

/** Two taps within so many milliseconds and pixels are one. */
const DOUBLE_MS = 300;
const DOUBLE_REACH = 30;

/**
 * `steer` has orbit, pan, zoom, step(planes), stepTime(times), home(), mode(kind); pick(x, y) and hover(x, y, alt) of a
 * point in shares of the picture; and tool(event), what a key means to a tool, if anything, before all else; `keys` are
 * more keys and what they do. `slicing()` says whether dragging moves, as it does in a slice, or turns.
 */
export function listen(canvas, steer, slicing, keys) {
  listenToPointers(canvas, steer, slicing);
  listenToWheel(canvas, steer, (event) => slicing() && event.shiftKey);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("select, dialog, input:not([type=checkbox], [type=color])");
    if (typing || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = steer.tool(event) ?? keyAction(event, steer, slicing(), keys);
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** Drags (orbit, with the place they have come to), moves, pinches, clicks, and two taps, which go home. */
export function listenToPointers(canvas, steer, slicing) {
  const pointers = new Map();
  const tapped = doubleTap(() => steer.home());
  /** Where a pointer went down that has not moved since. */
  let pressed = null;
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    pressed = pointers.size === 1 ? at(event) : null;
  });
  canvas.addEventListener("pointermove", (event) => {
    if (pointers.size === 0) steer.hover(...shares(event, canvas), event.altKey);
    if (!pointers.has(event.pointerId)) return;
    if (pressed && distance([pressed, at(event)]) > STILL) pressed = null;
    if (pressed) return;
    const before = [...pointers.values()];
    const from = pointers.get(event.pointerId);
    pointers.set(event.pointerId, at(event));
    if (pointers.size === 1) drag(from, at(event), event, canvas, steer, slicing());
    else if (pointers.size === 2) pinch(before, [...pointers.values()], canvas, steer);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (pressed && event.button === 0) {
      steer.pick(...shares(event, canvas));
      if (event.pointerType === "touch") tapped(event);
    }
    pressed = null;
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
}

/** A function to tell of each tap; `react()` after the second of two. */
function doubleTap(react) {
  let last = null;
  return (event) => {
    const twice = last && event.timeStamp - last.timeStamp < DOUBLE_MS && distance([at(last), at(event)]) < DOUBLE_REACH;
    last = twice ? null : event;
    if (twice) react();
  };
}

function drag(from, to, event, canvas, steer, slicing) {
  const { height } = pictureBox(canvas);
  const dx = (to.x - from.x) / height;
  const dy = (to.y - from.y) / height;
  const moves = slicing || event.shiftKey || event.buttons & 6;
  if (moves) steer.pan(dx, dy);
  else steer.orbit(dx, dy, ...shares(event, canvas));
}

function pinch(before, after, canvas, steer) {
  const { height } = pictureBox(canvas);
  const [from, to] = [middle(before), middle(after)];
  steer.pan((to.x - from.x) / height, (to.y - from.y) / height);
  const factor = distance(after) / Math.max(1, distance(before));
  if (factor > 0) steer.zoom(Math.min(10, Math.max(0.1, factor)), ...fromMiddle(to, canvas));
}

/** The wheel goes through planes where `steps(event)`, and zooms where not. */
export function listenToWheel(canvas, steer, steps) {
  let turned = 0;
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const unit = [1, LINE, PAGE][event.deltaMode];
      // Browsers turn a wheel with shift held sideways.
      const delta = (event.deltaY || event.deltaX) * unit;
      if (steps(event)) {
        turned += delta;
        const planes = Math.trunc(turned / WHEEL_NOTCH);
        turned -= planes * WHEEL_NOTCH;
        if (planes) steer.step(planes);
      } else {
        // A pinch on a touchpad comes as a wheel with ctrl, in small steps.
        const rate = event.ctrlKey ? PINCH_ZOOM : WHEEL_ZOOM;
        const factor = Math.exp(-Math.max(-400, Math.min(400, delta)) * rate);
        steer.zoom(factor, ...fromMiddle(at(event), canvas));
      }
    },
    { passive: false },
  );
}

function keyAction(event, steer, slicing, keys) {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (event.key in arrows) {
    const [x, y] = arrows[event.key];
    if (slicing || event.shiftKey) return () => steer.pan(x * KEY_SHIFT, y * KEY_SHIFT);
    return () => steer.orbit(x * KEY_TURN, y * KEY_TURN);
  }
  const actions = {
    "+": () => steer.zoom(KEY_ZOOM),
    "=": () => steer.zoom(KEY_ZOOM),
    "-": () => steer.zoom(1 / KEY_ZOOM),
    0: () => steer.home(),
    r: () => steer.home(),
    1: () => steer.mode("dvr"),
    2: () => steer.mode("mip"),
    3: () => steer.mode("slice"),
    4: () => steer.mode("iso"),
    "[": () => steer.step(-1),
    "]": () => steer.step(1),
    PageDown: () => steer.step(-1),
    PageUp: () => steer.step(1),
    ",": () => steer.stepTime(-1),
    ".": () => steer.stepTime(1),
    ...keys,
  };
  // Space presses a button where one has the focus.
  if (event.key === " " && !event.target.matches("canvas, body")) return null;
  return Object.hasOwn(actions, event.key) ? actions[event.key] : null;
}

function at(event) {
  return { x: event.clientX, y: event.clientY };
}

function middle([a, b]) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function distance([a, b]) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** The box of the picture in the window: that of the canvas less what `object-fit: contain` leaves free. */
export function pictureBox(canvas) {
  const room = canvas.getBoundingClientRect();
  const scale = Math.min(room.width / canvas.width, room.height / canvas.height);
  const [width, height] = [canvas.width * scale, canvas.height * scale];
  return new DOMRect(room.left + (room.width - width) / 2, room.top + (room.height - height) / 2, width, height);
}

/** [x, y] of an event in shares of the picture, from its top left. */
function shares(event, canvas) {
  const box = pictureBox(canvas);
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

/** [x, y] of a point of the window, in picture heights from the middle of the picture. */
function fromMiddle(point, canvas) {
  const box = pictureBox(canvas);
  return [(point.x - box.left - box.width / 2) / box.height, (point.y - box.top - box.height / 2) / box.height];
}
