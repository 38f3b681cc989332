// A bar of a round length over the picture.

const LONGEST = 120;

const SYMBOLS = { angstrom: "Å", nanometer: "nm", micrometer: "µm", millimeter: "mm", centimeter: "cm", meter: "m" };

export const unitSymbol = (unit) => SYMBOLS[unit] ?? unit;

/** A bar of 1, 2 or 5 times a power of ten; `length` is that of a pixel of the screen, in `unit`. */
export function showScale(bar, text, length, unit) {
  if (!(length > 0 && Number.isFinite(length))) {
    text.textContent = "";
    return;
  }
  const most = length * LONGEST;
  const power = 10 ** Math.floor(Math.log10(most));
  const round = [5, 2, 1].map((digit) => digit * power).find((candidate) => candidate <= most);
  bar.style.width = `${round / length}px`;
  text.textContent = `${Number(round.toPrecision(1))} ${unitSymbol(unit)}`.trim();
}
