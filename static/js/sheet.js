// Links marked `data-sheet` open their page's body in a side sheet; without this module they are ordinary links.
export function startSheet() {
  const sheet = document.getElementById("sheet");
  if (!sheet) return;
  let opener = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-sheet]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    opener = link.id || link;
    htmx.ajax("GET", link.getAttribute("href"), { target: "#sheet", swap: "innerHTML" }).then(() => {
      if (!sheet.open) sheet.showModal();
      sheet.scrollTop = 0;
    }, () => location.assign(link.getAttribute("href")));
  });
  sheet.addEventListener("click", (event) => { if (event.target === sheet || event.target.closest("[data-sheet-close]")) sheet.close(); });
  sheet.addEventListener("close", () => {
    const back = typeof opener === "string" ? document.getElementById(opener) : opener;
    back?.focus?.();
  });
}
