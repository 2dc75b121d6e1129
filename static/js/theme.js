// Sets the theme before the first paint; a blocking script of this origin, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const choice = root.dataset.themeChoice;
    root.dataset.theme = choice === "dark" || (choice !== "light" && system.matches) ? "dark" : "light";
  };
  if (!root.dataset.user) {
    try { root.dataset.themeChoice = localStorage.getItem("theme") || root.dataset.themeChoice; } catch { /* no storage: the system's */ }
  }
  system.addEventListener("change", apply);
  root.addEventListener("theme", apply);
  apply();
})();
