// The addresses under which a plane, or its volume, is found in each protocol.

/** Escaped for a URL, with what may stand in one left readable. */
const escaped = (text) => encodeURIComponent(text).replace(/%(3A|2C|40)/g, decodeURIComponent);

/** A volume's name as a path: names may have slashes. */
export const pathOf = (name) => name.split("/").map(encodeURIComponent).join("/");

const query = (pairs) => pairs.map(([key, value]) => `${key}=${escaped(value)}`).join("&");
const inPath = (pairs) => pairs.map(([key, value]) => `;${key}=${escaped(value)}`).join("");

/** The plane as a Deep Zoom picture, relative to the server's root. */
export const deepZoom = (name, pairs) => `dzi/${pathOf(name)}.dzi?${query(pairs)}`;

/** [{label, hint, text}] for `root`, the server's URL with a slash at its end. */
export function addresses(root, name, pairs) {
  const path = pathOf(name);
  const xyz = `${root}tiles/${path}`;
  const iiif = `${encodeURIComponent(name)}${inPath(pairs)}/info.json`;
  const zarr2 = `${root}zarr2/${path}.zarr`;
  return [
    ["itk-vtk-viewer", "opens the volume", `https://kitware.github.io/itk-vtk-viewer/app/?fileToLoad=${zarr2}`],
    ["Neuroglancer", "opens the volume", `${root}neuroglancer/${path}`],
    ["zarr-python", "the volume's arrays", `zarr.open_group("${root}zarr/${path}.ome.zarr", mode="r")`],
    ["OME-Zarr", "napari, ome-zarr-py, Viv", `${root}zarr/${path}.ome.zarr`],
    ["Deep Zoom", "OpenSeadragon", `${root}${deepZoom(name, pairs)}`],
    ["IIIF 3", "Mirador, OpenSeadragon", `${root}iiif/3/${iiif}`],
    ["IIIF 2", "older IIIF viewers", `${root}iiif/2/${iiif}`],
    ["XYZ tiles", "QGIS, Leaflet, OpenLayers", `${xyz}/{z}/{x}/{y}.png?${query(pairs)}`],
    ["TileJSON", "MapLibre, OpenLayers", `${xyz}/tilejson.json?${query(pairs)}`],
    ["Zoomify", "OpenLayers, OpenSeadragon", `${root}zoomify/${path}${inPath(pairs)}/ImageProperties.xml`],
    ["OMERO", "web gateway", `${root}omero/webgateway/imgData/${path}/`],
    ["3-D view, tiled", "OpenSeadragon, 64 megapixels", `${root}views/${path}.dzi?mode=dvr&size=8192x8192`],
  ].map(([label, hint, text]) => ({ label, hint, text }));
}
