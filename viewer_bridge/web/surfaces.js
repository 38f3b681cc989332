// Isosurfaces that go with the channels: the server refuses one of a channel that is not shown.

import { fromHex, mapColor } from "./color.js";

/** `mode` with surfaces of visible channels only; mode iso has one of each of them, by default amid its window. */
export function fitted(mode, channels) {
  if (!mode.isosurfaces) return mode;
  const visible = channels.filter((channel) => channel.visible);
  const kept = mode.isosurfaces.filter((surface) => visible.some(({ index }) => index === surface.channel));
  const missing = visible.filter(({ index }) => !kept.some((surface) => surface.channel === index));
  const added = mode.type === "iso" ? missing.map(surfaceOf) : [];
  return { ...mode, isosurfaces: [...kept, ...added] };
}

/** The fields of a change to some of a view's channels; surfaces have their colours, and are where they are shown. */
export function withChannels(view, changed) {
  const after = (old) => changed.find((one) => one.index === old.index) ?? old;
  const channels = view.channels.map(after);
  if (!view.mode.isosurfaces) return { channels: changed };
  const repainted = channels.filter((one, i) => one.transfer.colormap !== view.channels[i].transfer.colormap);
  const paint = (surface) => {
    const channel = repainted.find((one) => one.index === surface.channel);
    return channel ? { ...surface, color: colorOf(channel) } : surface;
  };
  const mode = { ...view.mode, isosurfaces: view.mode.isosurfaces.map(paint) };
  return { channels: changed, mode: fitted(mode, channels) };
}

/** `mode` with the first surface of the channel `index` at `value`. */
export function moved(mode, index, value) {
  const first = mode.isosurfaces.findIndex((surface) => surface.channel === index);
  return { ...mode, isosurfaces: mode.isosurfaces.map((one, i) => (i === first ? { ...one, value } : one)) };
}

function surfaceOf(channel) {
  const [low, high] = channel.transfer.window;
  return { value: (low + high) / 2, channel: channel.index, color: colorOf(channel), opacity: 1 };
}

/** A channel's bright end; null, by its map, where only the server knows the map's name. */
function colorOf(channel) {
  const hex = mapColor(channel.transfer.colormap);
  return hex && fromHex(hex);
}
