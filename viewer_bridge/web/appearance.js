// How the page itself looks: theme, full screen, which sections of the settings are open, and its dialogs.

import { keep, recall } from "./kept.js";

/** Lets the theme be chosen: "" (the system's), dark or light. theme.js sets it when the page comes back. */
export function chooseTheme(select) {
  select.value = document.documentElement.dataset.theme;
  select.addEventListener("change", () => {
    document.documentElement.dataset.theme = select.value;
    keep("theme", select.value);
  });
}

/** Keeps which of the `sections` (details with data-section) are open. */
export function rememberSections(sections) {
  const open = recall("sections", {});
  for (const section of sections) {
    const name = section.dataset.section;
    let known = (section.open = open[name] ?? section.open);
    section.addEventListener("toggle", () => {
      // Sections that are open from the start say so once.
      if (section.open === known) return;
      known = section.open;
      keep("sections", { ...recall("sections", {}), [name]: known });
    });
  }
}

/** Full screen and back; an error where the browser will not. */
export function toggleFullScreen() {
  return document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
}

/** Shows by its button whether the page fills the screen; hides it where the browser cannot. */
export function followFullScreen(button) {
  button.hidden = !document.fullscreenEnabled;
  document.addEventListener("fullscreenchange", () =>
    button.setAttribute("aria-pressed", String(document.fullscreenElement !== null)),
  );
}

/** Copies `text`, also where the page is not trusted with the clipboard. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (!copied) throw new Error("this browser does not let a page copy");
}
