// Pieces of a fresh page put in the place of those that stand: the focus stays where it was, and what was typed.
import { typeAgain, typedIn } from "./typed.js";

export function parse(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

export function focusOn(id) {
  const element = id && document.getElementById(id);
  if (element && element !== document.activeElement) element.focus({ preventScroll: true });
  return Boolean(element);
}

// Nowhere, or still in a dialog that has closed: where the element that opened it is gone, the browser notices only later.
export function isFocusLost() {
  const here = document.activeElement;
  return !here || here === document.body || here.closest("dialog:not([open])") !== null;
}

export function replace(fresh, { changed = true } = {}) {
  const old = document.getElementById(fresh.id);
  if (!old) return null;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
  const typed = typedIn(old);
  const isOpen = new Map([...old.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
  const piece = document.adoptNode(fresh);
  piece.removeAttribute("hx-swap-oob");
  old.replaceWith(piece);
  htmx.process(piece);
  for (const [id, open] of isOpen) { const each = document.getElementById(id); if (each) each.open = open; }
  if (changed) piece.classList.add("changed");
  typeAgain(typed);
  focusOn(focused);
  return piece;
}

// What stands elsewhere on the page and came along: the tabs' counts, the count beside the navigation.
export function replaceAround(fresh) {
  for (const piece of fresh.querySelectorAll("[hx-swap-oob][id]")) replace(piece, { changed: false });
}
