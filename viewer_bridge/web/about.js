// What the page says of a volume that is open: name and notes at once, statistics when the server has them.

import * as server from "./server.js";
import { describeVoxels } from "./units.js";

/** Says in the page which volume it is, what its voxels are, and where its tiles are. */
export function introduce(find, info) {
  find("tiles").href = server.tilesPage(info.name);
  find("about").textContent = [describeVoxels(info), ...info.notes].join(". ");
  document.title = `${info.name} – Voxelcast`;
}

/** Gives the statistics of what `viewing` shows to `parts`, unless it shows another volume by then. */
export async function bringStatistics(viewing, parts, messages) {
  const volume = viewing.shown.info.name;
  try {
    const statistics = await server.statistics(volume);
    if (viewing.shown?.info.name !== volume) return;
    for (const part of parts) part.setStatistics(statistics);
  } catch (error) {
    messages.say(`No histograms: ${error.message}`);
  }
}
