// What is asked of a plane, in the words of the server's query: plane=, slab=, t=, channels=, labels=, outline=.

/** What the page shows at first: the middle plane across z, everything else as the metadata say. */
export function firstSection(info, view) {
  const shown = new Set(view.channels.filter((channel) => channel.visible).map((channel) => channel.index));
  return {
    axis: "z",
    index: middle(info, "z"),
    planes: 1,
    projection: "mip",
    time: 0,
    channels: info.channels.map((_, index) => ({ index, visible: shown.has(index), color: null, window: null })),
    labels: [],
    outline: false,
    opacity: 0.5,
  };
}

/** How many planes of voxels there are across an axis. */
export const countOf = (info, axis) => info.levels[0].shape["zyx".indexOf(axis)];

/** The distance of two planes of voxels across an axis, in the volume's unit. */
export const spacingOf = (info, axis) => info.levels[0].spacing["zyx".indexOf(axis)];

/** The position of a plane of voxels on its axis, in the volume's unit. */
export const positionOf = (info, axis, index) =>
  info.levels[0].origin["zyx".indexOf(axis)] + index * spacingOf(info, axis);

export const middle = (info, axis) => Math.floor(countOf(info, axis) / 2);

/** The side of the finest pixels of planes across an axis, in the volume's unit. */
export const pixelOf = (info, axis) =>
  Math.min(...["x", "y", "z"].filter((other) => other !== axis).map((other) => spacingOf(info, other)));

/** The first and the last plane of voxels of a slab of `planes` around plane `index`. */
export function slabOf(info, { axis, index, planes }) {
  const count = countOf(info, axis);
  const first = Math.max(0, Math.min(index - Math.floor(planes / 2), count - planes));
  return [first, Math.min(count, first + planes) - 1];
}

/** [key, value] pairs; what is as it was at `first` is left to the server. */
export function pairsOf(info, section, first) {
  const { axis, index, planes, projection, time, channels, labels, outline, opacity } = section;
  const pairs = planes > 1
    ? [["plane", axis], ["slab", `${slabOf(info, section).join("..")}:${projection}`]]
    : [["plane", `${axis}:${index}`]];
  if (time) pairs.push(["t", `${time}`]);
  if (channels.some((one, i) => one.color || one.window || one.visible !== first.channels[i].visible)) {
    pairs.push(["channels", channels.filter((one) => one.visible).map(spellChannel).join(",") || "none"]);
  }
  if (labels.length) {
    pairs.push(["labels", labels.map((name) => `${name}:${opacity}`).join(",")]);
    if (outline) pairs.push(["outline", "true"]);
  }
  return pairs;
}

function spellChannel({ index, color, window }) {
  return `${index}${color ? `:${color}` : ""}${window ? `:${window.join("-")}` : ""}`;
}
