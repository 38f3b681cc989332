// What the buttons around the picture do, and the keys that do the same.

import { copyText, toggleFullScreen } from "./appearance.js";
import { askForStill, notify, showHelp, skipToPanel, togglePanel } from "./desk.js";

/** Puts commands at their buttons. Returns those that have a key too, by key. */
export function listenToCommands(find, { messages, viewing, arrival, slices, playback }) {
  const savePicture = messages.attempt("No picture", () => viewing.shown && askForStill(viewing.shown.view));
  const fullScreen = messages.attempt("No full screen", toggleFullScreen);
  const help = messages.attempt("No help", showHelp);
  const copyLink = messages.attempt("The link was not copied", async () => {
    if (!viewing.shown) return;
    await arrival.rememberView();
    await copyText(location.href);
    notify("Link copied");
  });
  const buttons = {
    reset: () => viewing.steer("reset", "camera"),
    "reset-all": () => viewing.steer("reset", "view"),
    screenshot: savePicture,
    "copy-link": copyLink,
    four: () => slices.toggle(),
    full: fullScreen,
    "help-open": help,
    skip: skipToPanel,
    "panel-toggle": togglePanel,
  };
  for (const [id, command] of Object.entries(buttons)) find(id).addEventListener("click", command);
  return {
    h: togglePanel,
    v: () => slices.possible && slices.toggle(),
    f: fullScreen,
    s: savePicture,
    "?": help,
    " ": () => viewing.shown && playback.toggle(),
  };
}
