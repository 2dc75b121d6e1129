// Lists by keyboard: j and k move, o opens; ? shows the keys; g o goes to the orders, g e to the exceptions; c copies the answer.
export function startKeys() {
  let waitsForGo = 0;
  const links = () => [...document.querySelectorAll("[data-row-link]")].filter((link) => link.offsetParent && !link.closest(".left"));

  function move(step) {
    const all = links();
    if (!all.length) return;
    const here = document.activeElement;
    const at = all.findIndex((link) => link === here || link.closest("tr, li")?.contains(here));
    const isInAGap = at < 0 && here?.closest("tr.left"); // on a row that has left the list
    const after = all.findIndex((link) => isInAGap && here.compareDocumentPosition(link) & Node.DOCUMENT_POSITION_FOLLOWING);
    const from = !isInAGap ? at : after < 0 ? all.length - (step > 0 ? 1 : 0) : after - (step > 0 ? 1 : 0);
    const next = at < 0 && !isInAGap ? all[step > 0 ? 0 : all.length - 1] : all[Math.min(all.length - 1, Math.max(0, from + step))];
    next.focus({ preventScroll: true });
    next.closest("tr, li")?.scrollIntoView({ block: "nearest" });
  }
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]")) return;
    const goes = Date.now() - waitsForGo < 1200;
    waitsForGo = 0;
    if (goes && event.key === "o") location.assign("/orders/");
    else if (goes && event.key === "e") location.assign("/exceptions/");
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "o") document.activeElement?.closest("tr, li")?.querySelector("[data-row-link]")?.click();
    else if (event.key === "g") waitsForGo = Date.now();
    else if (event.key === "c" && document.getElementById("answer-copy")) document.getElementById("answer-copy").click();
    else if (event.key === "?") document.getElementById("keys")?.showModal();
    else return;
    if (event.key !== "g") event.preventDefault();
    if (goes) event.stopImmediatePropagation(); // the second key of two is no key of the page
  });
}
