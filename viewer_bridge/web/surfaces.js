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

/** The fields of a change to a view's `channel`; its surfaces have its colour, and are where it is shown. */
export function withChannel(view, channel) {
  const before = view.channels.find((old) => old.index === channel.index);
  const channels = view.channels.map((old) => (old === before ? channel : old));
  const repainted = before.transfer.colormap !== channel.transfer.colormap;
  const mode = fitted(repainted ? recolored(view.mode, channel) : view.mode, channels);
  return mode.isosurfaces ? { channels: [channel], mode } : { channels: [channel] };
}

function recolored(mode, channel) {
  if (!mode.isosurfaces) return mode;
  const color = colorOf(channel);
  const paint = (surface) => (surface.channel === channel.index ? { ...surface, color } : surface);
  return { ...mode, isosurfaces: mode.isosurfaces.map(paint) };
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
