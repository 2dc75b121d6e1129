// One toast at a time: what was done, and for a moment the way to take it back (`u`).
const MOMENT_MS = 10_000;
let shown = null;
let timer = 0;

export function hideToast() {
  clearTimeout(timer);
  shown?.remove();
  shown = null;
}

// Once somebody goes on, what went wrong before is no longer in the way; an undo stays.
export function hideProblem() {
  if (shown?.classList.contains("problem")) hideToast();
}

export function toast(text, { undo = null, isProblem = false } = {}) {
  hideToast();
  shown = document.createElement("div");
  shown.className = `toast acted${isProblem ? " problem" : ""}`;
  const said = document.createElement("span");
  said.textContent = text;
  shown.append(said);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.innerHTML = "Undo<kbd aria-hidden=\"true\">u</kbd>";
    button.addEventListener("click", () => takeBack());
    shown.append(button);
    shown.undo = undo;
  }
  document.body.append(shown);
  const wait = () => { clearTimeout(timer); timer = setTimeout(hideToast, MOMENT_MS); };
  shown.addEventListener("pointerenter", () => clearTimeout(timer));
  shown.addEventListener("pointerleave", wait);
  shown.addEventListener("focusin", () => clearTimeout(timer));
  shown.addEventListener("focusout", wait);
  wait();
}

export function takeBack() {
  const undo = shown?.undo;
  if (!undo) return false;
  hideToast();
  undo();
  return true;
}
