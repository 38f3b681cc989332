// What the page asks of the server beside the stream. Each throws an Error in the server's own words where it refuses.

/** Names of the volumes that are served. */
export async function volumeNames() {
  return (await (await ask("volumes")).json()).volumes;
}

/** For each channel its minimum, maximum, counts and auto window, at the first time. */
export async function statistics(volume) {
  return (await (await ask(`volumes/${escaped(volume)}`)).json()).statistics;
}

/** A picture of `view` at full quality, as a Blob; `ending` is png, jpg or webp, `samples` the rays a pixel. */
export async function picture(view, ending, samples, signal) {
  const headers = { "Content-Type": "application/json" };
  const path = `volumes/${escaped(view.volume)}/render.${ending}?samples=${samples}`;
  return (await ask(path, { method: "POST", headers, body: JSON.stringify(view), signal })).blob();
}

/** Colour maps to choose from: groups of {title, maps}, maps of {name, label, colors} with colours at even steps. */
export async function colormaps() {
  return (await (await ask("colormaps")).json()).groups;
}

/** The same of one map. */
export async function colormap(name) {
  return (await ask(`colormaps/${encodeURIComponent(name)}`)).json();
}

/** The page of the volume's planes. */
export function tilesPage(volume) {
  return `volumes/${escaped(volume)}/tiles`;
}

export async function ask(path, options) {
  const response = await fetch(path, options);
  if (response.ok) return response;
  const said = response.headers.get("Content-Type")?.startsWith("application/json") && (await response.json()).error;
  throw new Error(said || `${response.status} ${response.statusText}`);
}

/** A volume's name as a path: names may have slashes. */
export function escaped(name) {
  return name.split("/").map(encodeURIComponent).join("/");
}
