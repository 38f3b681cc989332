// The view in the page's address: #session=NAME&volume=NAME&view=PACKED&slices=X,Y,Z. PACKED is base64url of deflated View
// JSON, X,Y,Z where the slices meet that are shown beside it, and the session is said where others are in it too.

/** Of a number: enough for a millionth of a voxel of 1 nm on a stage of 1 m. */
const DIGITS = 15;

/** {volume, view, slices} out of a location's hash; each is null where absent. An Error where the view is damaged. */
export async function readAddress(hash) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const packed = said.get("view");
  const slices = said.get("slices")?.split(",").map(Number);
  return {
    volume: said.get("volume"),
    view: packed ? await unpack(packed) : null,
    slices: slices?.length === 3 && slices.every(Number.isFinite) ? slices : null,
  };
}

/**
 * The hash of a view; without one, that of the volume as the server shows it. With a `session` it leads there first;
 * `slices` is a point or null.
 */
export async function writeAddress(volume, view, session = null, slices = null) {
  const said = new URLSearchParams(session ? { session, volume } : { volume });
  // Who opens the link has a window of another size: the camera is the same, the size is theirs.
  if (view) said.set("view", await pack({ ...view, size: undefined }));
  if (slices) said.set("slices", slices.map((part) => Number(part.toPrecision(DIGITS))));
  return `#${said}`;
}

async function pack(view) {
  const text = JSON.stringify(view, (_, value) => (typeof value === "number" ? Number(value.toPrecision(DIGITS)) : value));
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(text));
  const characters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

async function unpack(packed) {
  try {
    const characters = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(characters, (character) => character.charCodeAt(0));
    const text = new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), bytes));
    return JSON.parse(text);
  } catch {
    throw new Error("The view in this link is damaged: the volume is shown as it is at first");
  }
}

async function through(transform, bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(transform);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
