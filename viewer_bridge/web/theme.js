// Before the first paint: the theme that was chosen here. Without one it is the system's.
try {
  document.documentElement.dataset.theme = JSON.parse(localStorage.getItem("voxelcast.theme")) ?? "";
} catch {
  // Nothing is kept in this browser.
}
