// One thing shown in several ways (picture and list, laid out and raw): `data-show` buttons within `data-views`.
const NARROW = matchMedia("(max-width: 720px)");

function show(group, name) {
  for (const button of group.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === name));
  for (const view of group.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== name;
}

export function startViews() {
  // On a phone a picture that is wider than the screen is the second choice.
  const suit = () => {
    for (const group of document.querySelectorAll("[data-views-narrow]")) {
      if (NARROW.matches && !group.dataset.chosen) show(group, group.dataset.viewsNarrow);
    }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-show]");
    const group = button?.closest("[data-views]");
    if (!group) return;
    group.dataset.chosen = "true";
    show(group, button.dataset.show);
  });
  document.addEventListener("htmx:afterSettle", suit);
  suit();
}
