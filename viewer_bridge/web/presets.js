// Looks: from a volume, its statistics and its view to the fields of a change that shows it as its field expects; pure.

const MEDICAL = ["millimeter", "centimeter", "meter"];
/** What is brighter than this share of the voxels is as bright as can be. */
const BRIGHT = 0.9995;
/** A window above a haze is at least so many times as wide as the middle half of the voxels' values. */
const NOISE = 4;
/** Fluorescence is less full than this, and electron microscopy fuller than that; a bell of noise (0.34) may be both. */
const SPARSE = 0.45;
const FULL = 0.25;

const FLESH = [[0, 0.35, 0.1, 0.06], [0.3, 0.75, 0.4, 0.28], [0.6, 0.93, 0.75, 0.55], [1, 1, 0.97, 0.9]];
const BONE = [[0, 0.45, 0.25, 0.12], [0.3, 0.85, 0.68, 0.45], [0.6, 0.95, 0.88, 0.75], [1, 1, 1, 0.97]];
const VESSELS = [[0, 0.35, 0, 0], [0.35, 0.8, 0.1, 0.06], [0.6, 0.95, 0.5, 0.3], [0.8, 1, 0.9, 0.75], [1, 1, 1, 0.98]];
const LUNG = [[0, 0.25, 0.45, 0.75], [0.4, 0.65, 0.85, 1], [1, 1, 0.95, 0.9]];

/** Each has `make(info, statistics, view)` -> fields, or null where it makes no sense. */
export const PRESETS = [
  hounsfield("CT bone", [300, 1500, 0.002], [130, 1130], BONE, [[0, 0], [0.1, 0.04], [0.25, 0.6], [1, 1]]),
  hounsfield("CT soft tissue", [0, 100, 0.02], [-150, 350], FLESH, [[0, 0], [0.2, 0], [0.4, 0.3], [0.65, 0.5], [1, 0.9]]),
  hounsfield("CT lung", [-900, -500, 0.05], [-950, -350], LUNG, [[0, 0], [0.12, 0.03], [0.5, 0.2], [0.9, 0.3], [1, 0]]),
  hounsfield("CT angio", [200, 500, 0.03], [120, 820], VESSELS, [[0, 0], [0.1, 0], [0.3, 0.35], [1, 0.8]]),
  {
    name: "X-ray (mean)",
    make(info, statistics, view) {
      if (!isHounsfield(info, statistics)) return null;
      const low = quantile(statistics[0], 0.02);
      const window = [low, low + 2 * (mean(statistics[0]) - low)];
      return { mode: { type: "mean" }, channels: dressed(view, () => ({ window, colormap: "white", gamma: 1.7 })) };
    },
  },
  {
    name: "MRI",
    make(info, statistics, view) {
      if (!isMedical(info) || isHounsfield(info, statistics) || info.channels.length > 1) return null;
      const look = { window: statistics[0].window, colormap: "white", opacity: [[0, 0], [0.25, 0], [0.5, 0.15], [0.75, 0.5], [1, 0.85]] };
      return { mode: volume(true), channels: dressed(view, () => look) };
    },
  },
  fluorescence("Fluorescence MIP", { type: "mip" }, 0.9),
  fluorescence("Fluorescence clear", volume(false), 0.85),
  {
    name: "Electron microscopy (inverted)",
    make(info, statistics, view) {
      if (info.channels.length > 1 || isMedical(info) || fullness(statistics[0]) < FULL) return null;
      const window = [statistics[0].minimum, quantile(statistics[0], 0.95)];
      const look = { window, colormap: "white", opacity: [[0, 0], [0.35, 0], [0.5, 0.25], [1, 1]], inverted: true };
      return { mode: volume(true), channels: dressed(view, () => look) };
    },
  },
];

/** Offered where the share `least` of the voxels have what the look is for, Hounsfield units `from` to `to`. */
function hounsfield(name, [from, to, least], window, colormap, opacity) {
  return {
    name,
    make(info, statistics, view) {
      if (!isHounsfield(info, statistics) || within(statistics[0], from, to) < least) return null;
      return { mode: volume(true), channels: dressed(view, () => ({ window, colormap, opacity })) };
    },
  };
}

/** What is bright over a haze: below the share `haze` of the voxels nothing is shown. */
function fluorescence(name, mode, haze) {
  const opacity = [[0, 0], [0.25, 0.01], [0.5, 0.08], [0.75, 0.3], [1, 0.8]];
  return {
    name,
    make(info, statistics, view) {
      if (isMedical(info) || statistics.some((one) => fullness(one) > SPARSE)) return null;
      return { mode, channels: dressed(view, (i) => ({ window: above(statistics[i], haze), opacity })) };
    },
  };
}

/** The window of what stands out: where nothing does it is wide, or mere noise would look like something. */
function above(statistics, haze) {
  const low = quantile(statistics, haze);
  const noise = quantile(statistics, 0.75) - quantile(statistics, 0.25);
  return [low, Math.max(quantile(statistics, BRIGHT), low + NOISE * noise)];
}

function dressed(view, look) {
  const plain = { gamma: 1, inverted: false, gradient_opacity: [] };
  const dress = (channel) => ({ ...channel, transfer: { ...channel.transfer, ...plain, ...look(channel.index) } });
  return view.channels.filter((channel) => channel.visible).map(dress);
}

function volume(shaded) {
  return { type: "dvr", shaded, isosurfaces: [], planes: [] };
}

function isHounsfield(info, [one]) {
  return info.channels.length === 1 && one.minimum <= -200 && one.minimum >= -4096 && one.maximum >= 200;
}

/** How much of what is brighter than the darkest quarter the middle half takes: little where a few voxels stand out. */
function fullness(statistics) {
  const [low, high, bright] = [0.25, 0.75, BRIGHT].map((share) => quantile(statistics, share));
  return (high - low) / Math.max(bright - low, Number.MIN_VALUE);
}

function isMedical({ anatomical, unit }) {
  return anatomical || MEDICAL.includes(unit);
}

/** The values in the middle of the bins, with the share of the voxels in each. */
function bins({ minimum, maximum, counts }) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const width = (maximum - minimum) / counts.length;
  return counts.map((count, i) => [minimum + (i + 0.5) * width, count / Math.max(1, all)]);
}

function within(statistics, low, high) {
  return bins(statistics).reduce((sum, [value, share]) => sum + (value >= low && value <= high ? share : 0), 0);
}

function mean(statistics) {
  return bins(statistics).reduce((sum, [value, share]) => sum + value * share, 0);
}

/** The value below which the share `wanted` of the voxels lie. */
function quantile(statistics, wanted) {
  let sum = 0;
  return bins(statistics).find(([, share]) => (sum += share) >= wanted)?.[0] ?? statistics.maximum;
}
