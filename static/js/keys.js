// Lists by keyboard: j and k move, o opens; ? shows the keys; g o goes to the orders; c copies the answer.
export function startKeys() {
  let waitsForGo = 0;
  const links = () => [...document.querySelectorAll("[data-row-link]")].filter((link) => link.offsetParent);

  function move(step) {
    const all = links();
    if (!all.length) return;
    const at = all.findIndex((link) => link === document.activeElement || link.closest("tr, li")?.contains(document.activeElement));
    const next = at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[Math.min(all.length - 1, Math.max(0, at + step))];
    next.focus({ preventScroll: true });
    next.closest("tr, li")?.scrollIntoView({ block: "nearest" });
  }
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, dialog, [contenteditable]")) return;
    const goes = Date.now() - waitsForGo < 1200;
    waitsForGo = 0;
    if (goes && event.key === "o") location.assign("/orders/");
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "o") document.activeElement?.closest("tr, li")?.querySelector("[data-row-link]")?.click();
    else if (event.key === "g") waitsForGo = Date.now();
    else if (event.key === "c") document.querySelector("[data-copy-from=answer-text]")?.click();
    else if (event.key === "?") document.getElementById("keys")?.showModal();
    else return;
    if (event.key !== "g") event.preventDefault();
  });
}
