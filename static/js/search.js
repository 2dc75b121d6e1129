// The search box: opens with / or Ctrl-K, arrows move through the results, Enter opens, Escape gives the focus back.
export function startSearch() {
  const form = document.querySelector("[data-search]");
  if (!form) return;
  const input = form.querySelector("input");
  const results = form.querySelector(".results");
  let before = null;
  const options = () => [...results.querySelectorAll("[role=option]")];
  const current = () => results.querySelector("[aria-selected=true]");

  function select(option) {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }
  function close() {
    results.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  results.addEventListener("htmx:afterSwap", () => {
    if (document.activeElement !== input) return close();
    input.setAttribute("aria-expanded", String(options().length > 0));
    select(options()[0]?.dataset.exact ? options()[0] : null);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.indexOf(current());
    if (event.key === "ArrowDown" && all.length) select(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp" && all.length) select(all[(at - 1 + all.length) % all.length]);
    else if (event.key === "Enter" && current()) location.assign(current().href);
    else if (event.key === "Escape") {
      input.value = "";
      close();
      if (before?.isConnected) before.focus(); else input.blur();
    } else return;
    event.preventDefault();
  });
  form.addEventListener("submit", (event) => { if (!input.value.trim()) event.preventDefault(); });
  form.addEventListener("focusout", (event) => { if (event.relatedTarget && !form.contains(event.relatedTarget)) close(); });
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const wanted = (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
    if (!wanted) return;
    event.preventDefault();
    if (document.activeElement !== input) before = document.activeElement;
    input.focus();
    input.select();
  });
}
