// Pieces of a fresh page put in the place of those that stand: the focus stays where it was.
export function parse(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

export function focusOn(id) {
  const element = id && document.getElementById(id);
  if (element && element !== document.activeElement) element.focus({ preventScroll: true });
  return Boolean(element);
}

export function replace(fresh, { changed = true } = {}) {
  const old = document.getElementById(fresh.id);
  if (!old) return null;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
  const isOpen = new Map([...old.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
  const piece = document.adoptNode(fresh);
  piece.removeAttribute("hx-swap-oob");
  old.replaceWith(piece);
  htmx.process(piece);
  for (const [id, open] of isOpen) { const each = document.getElementById(id); if (each) each.open = open; }
  if (changed) piece.classList.add("changed");
  focusOn(focused);
  return piece;
}

// What stands elsewhere on the page and came along: the tabs' counts, the count beside the navigation.
export function replaceAround(fresh) {
  for (const piece of fresh.querySelectorAll("[hx-swap-oob][id]")) replace(piece, { changed: false });
}
