// One tooltip for `data-tip` (text with line breaks), by pointer and by keyboard; the text also stands in the page's list.
export function startTips() {
  let tip = null;
  const hide = () => { tip?.remove(); tip = null; };
  function show(target) {
    hide();
    tip = document.createElement("div");
    tip.className = "tip";
    tip.role = "tooltip";
    tip.textContent = target.dataset.tip;
    document.body.append(tip);
    const at = target.getBoundingClientRect();
    const size = tip.getBoundingClientRect();
    const above = at.top - size.height - 8;
    tip.style.left = `${Math.max(8, Math.min(innerWidth - size.width - 8, at.left + at.width / 2 - size.width / 2))}px`;
    tip.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  }
  const on = (event) => {
    const target = event.target.closest?.("[data-tip]");
    if (target) show(target); else hide();
  };
  document.addEventListener("pointerover", on);
  document.addEventListener("focusin", on);
  document.addEventListener("focusout", hide);
  addEventListener("scroll", hide, { passive: true, capture: true });
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}
