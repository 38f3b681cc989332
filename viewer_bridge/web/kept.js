// Small choices that the browser keeps; where it keeps nothing they last as long as the page.

const NAME = "voxelcast.";

export function recall(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(NAME + key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(key, value) {
  try {
    localStorage.setItem(NAME + key, JSON.stringify(value));
  } catch {
    // A browser that lets pages keep nothing.
  }
}
