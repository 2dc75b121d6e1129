// The shell's behaviour; pages opt in by attributes, so every module serves every page.
import { startAsOf } from "./as_of.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startQueue } from "./queue.js";
import { startSearch } from "./search.js";
import { startSheet } from "./sheet.js";
import { startTips } from "./tips.js";
import { startViews } from "./views.js";

export const announce = (text) => { document.getElementById("announce")?.replaceChildren(text); };
const root = document.documentElement;

function showTheme() {
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === root.dataset.themeChoice));
  }
}

function setTheme(choice) {
  root.dataset.themeChoice = choice;
  root.dispatchEvent(new Event("theme"));
  try { localStorage.setItem("theme", choice); } catch { /* the account keeps it */ }
  showTheme();
  fetch("/account/theme", { method: "POST", headers: { "X-CSRFToken": csrf() }, body: new URLSearchParams({ theme: choice }) });
}

function csrf() { return document.getElementById("csrf")?.value ?? ""; }

function navigation(open) {
  document.body.classList.toggle("nav-open", open);
  const button = document.querySelector("[data-nav-toggle]");
  button?.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector("#side a")?.focus();
  else if (document.querySelector("#side")?.contains(document.activeElement)) button?.focus();
}

async function copy(button) {
  const source = button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom) : null;
  const text = source ? source.dataset.text || source.innerText : button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // no clipboard without https: select it, so that one key copies it
    if (source) getSelection()?.selectAllChildren(source);
    announce("Copying is not allowed here; the text is selected.");
    return;
  }
  const label = button.querySelector("[data-label]");
  if (label) {
    const before = label.textContent;
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = before; }, 1600);
  } else {
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, 1600);
  }
  announce("Copied");
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-theme-set], [data-nav-toggle], [data-nav-close], [data-copy], [data-copy-from], [data-keys-open], [data-dialog-open]");
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (!target) return;
  if (target.dataset.themeSet) setTheme(target.dataset.themeSet);
  else if ("navToggle" in target.dataset) navigation(!document.body.classList.contains("nav-open"));
  else if ("navClose" in target.dataset) navigation(false);
  else if ("keysOpen" in target.dataset) document.getElementById("keys").showModal();
  else if (target.dataset.dialogOpen) document.getElementById(target.dataset.dialogOpen).showModal();
  else copy(target);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (document.body.classList.contains("nav-open")) navigation(false);
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});
document.addEventListener("submit", (event) => { // empty filters stay out of the URL
  if (!event.target.matches("[data-lean]")) return;
  for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
});
addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("[data-lean] :disabled")) field.disabled = false;
});

showTheme();
startSearch();
startKeys();
startTips();
startSheet();
startViews();
startQueue();
startAsOf();
startLive();
