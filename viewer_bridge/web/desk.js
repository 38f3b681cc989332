// What the page does beside showing the volume: its panel, dialogs and notices. Dialogs are loaded when they are wanted.

const NOTICE_MS = 3000;

const find = (id) => document.getElementById(id);
let noticed = 0;
let stillDialog = null;

/** Says in a line that goes away by itself that something was done. */
export function notify(text) {
  find("notice").textContent = text;
  clearTimeout(noticed);
  noticed = setTimeout(() => (find("notice").textContent = ""), NOTICE_MS);
}

/** Says over a dimmed picture what is waited for; nothing, once the picture is there. */
export function wait(text) {
  find("waiting").textContent = text;
  find("waiting").hidden = !text;
  find("picture").style.opacity = text ? 0.25 : 1;
}

export function togglePanel() {
  const hidden = document.body.classList.toggle("wide");
  find("panel-toggle").setAttribute("aria-expanded", String(!hidden));
}

/** To the settings, past the views. */
export function skipToPanel() {
  if (document.body.classList.contains("wide")) togglePanel();
  find("panel").focus();
}

/** Asks which picture of `view` is to be saved. */
export async function askForStill(view) {
  const { StillDialog } = await import("./still_dialog.js");
  stillDialog ??= new StillDialog(find("still"));
  stillDialog.open(view);
}

export async function showHelp() {
  const { writeHelp } = await import("./help.js");
  const dialog = find("help");
  if (!dialog.firstChild) writeHelp(dialog);
  if (!dialog.open) dialog.showModal();
}
