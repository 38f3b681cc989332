// A picture of any size of a view: what the server draws at once, or tiles of it put together here.

import * as server from "./server.js";

export const MOST_SIDE = 16384;
export const MOST_PIXELS = 2 ** 26;
/** What the server draws for one request: pixels of a side, and rays. */
const WHOLE_SIDE = 4096;
const MOST_RAYS = 2 ** 28;
/** Of a tile: short enough that others get their pictures in between. */
const TILE_SIDE = 2048;
const THICKEST = 16;
const QUALITY = 0.92;
const MEDIA_TYPES = { png: "image/png", jpg: "image/jpeg", webp: "image/webp" };

/** `view` at another size: all that it shows is still in the picture, and lines are as thick as they were beside it. */
export function resized(view, size) {
  const shape = ([width, height]) => width / height;
  const taller = Math.max(1, shape(view.size) / shape(size));
  const width = (view.annotations.width * size[1]) / (view.size[1] * taller);
  const annotations = { ...view.annotations, width: Math.min(THICKEST, Math.max(1, width)) };
  return { ...view, size, annotations, camera: { ...view.camera, projection: widened(view.camera.projection, taller) } };
}

function widened(projection, factor) {
  if (projection.type === "orthographic") return { ...projection, height: projection.height * factor };
  const half = Math.tan((projection.fov * Math.PI) / 360) * factor;
  return { ...projection, fov: Math.min(170, (Math.atan(half) * 360) / Math.PI) };
}

/** The view's picture as a Blob, in as many requests as it takes; `progress(done, count)` between them. */
export async function drawStill(view, { ending, samples }, signal, progress) {
  const [width, height] = view.size;
  if (Math.max(width, height) <= WHOLE_SIDE && width * height * samples <= MOST_RAYS) {
    return server.picture(view, ending, samples, signal);
  }
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  const parts = tiles(view);
  for (const [done, { left, top, tile }] of parts.entries()) {
    progress(done, parts.length);
    const bitmap = await createImageBitmap(await server.picture(tile, "png", samples, signal));
    context.drawImage(bitmap, left, top);
    bitmap.close();
  }
  progress(parts.length, parts.length);
  return encoded(canvas, MEDIA_TYPES[ending]);
}

/** Views of the parts of a picture, and where each is in it. */
function tiles(view) {
  const [width, height] = view.size;
  const [x0, y0, x1, y1] = view.camera.region;
  const parts = [];
  for (let top = 0; top < height; top += TILE_SIDE) {
    for (let left = 0; left < width; left += TILE_SIDE) {
      const right = Math.min(width, left + TILE_SIDE);
      const bottom = Math.min(height, top + TILE_SIDE);
      const x = (pixel) => x0 + (pixel / width) * (x1 - x0);
      const y = (pixel) => y0 + (pixel / height) * (y1 - y0);
      const camera = { ...view.camera, region: [x(left), y(top), x(right), y(bottom)] };
      parts.push({ left, top, tile: { ...view, camera, size: [right - left, bottom - top] } });
    }
  }
  return parts;
}

async function encoded(canvas, type) {
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));
  if (!blob) throw new Error(`this browser has no memory for ${canvas.width} × ${canvas.height} pixels`);
  if (blob.type !== type) throw new Error(`this browser cannot write ${type} of this size: choose PNG`);
  return blob;
}
