// NGFF's unit names as people write them.

const SYMBOLS = {
  angstrom: "Å",
  nanometer: "nm",
  micrometer: "µm",
  millimeter: "mm",
  centimeter: "cm",
  meter: "m",
  millisecond: "ms",
  second: "s",
  minute: "min",
  hour: "h",
};

export function unitSymbol(unit) {
  return SYMBOLS[unit] ?? unit;
}

/** "12.34 µm" */
export function lengthText(length, unit) {
  return `${Number(length.toPrecision(4))} ${unitSymbol(unit)}`.trim();
}

/** "1024 × 1024 × 60 voxels of 0.1 × 0.1 × 0.5 µm", x first. */
export function describeVoxels(info) {
  const { shape, spacing } = info.levels[0];
  const voxels = [...shape].reverse().join(" × ");
  const sizes = [...spacing].reverse().map((length) => Number(length.toPrecision(3))).join(" × ");
  return `${voxels} voxels of ${sizes} ${unitSymbol(info.unit)}`.trim();
}
