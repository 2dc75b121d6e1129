// The past by keyboard: [ and ] step to the moments at which something was heard, and what was heard is said aloud.
const STEPS = { "[": "as-of-previous", "]": "as-of-next" };

export function startAsOf() {
  addEventListener("keydown", (event) => {
    const id = STEPS[event.key];
    // Many keyboards write a bracket with AltGr, which comes as Ctrl and Alt together.
    if (!id || event.metaKey || (event.ctrlKey && !event.altKey) || event.target.closest?.("input, textarea, select, dialog, [contenteditable]")) return;
    const link = document.getElementById(id);
    if (!link?.getAttribute("href")) return;
    event.preventDefault();
    link.click();
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.id === "as-of" && event.target.open) event.target.querySelector("input[name=as_of]")?.focus();
  }, true);
  document.addEventListener("htmx:afterSettle", () => {
    const said = document.querySelector("[data-past] [data-as-of-said]")?.dataset.asOfSaid;
    if (said) document.getElementById("announce")?.replaceChildren(said);
  });
  // A moment at which nothing was known has a page of its own.
  document.addEventListener("htmx:responseError", (event) => {
    const link = event.detail.elt;
    if (link?.matches?.("[data-step]")) location.assign(link.getAttribute("href"));
  });
}
