// Elements of SVG.

const NAMESPACE = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}) {
  return set(document.createElementNS(NAMESPACE, tag), attributes);
}

export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Path data of straight lines, each [[x, y], [x, y]]. */
export function linesPath(lines) {
  return lines.map(([from, to]) => `M${from.map(fine)}L${to.map(fine)}`).join("");
}

function fine(pixels) {
  return pixels.toFixed(2);
}
