// The exception queue and a case's page by keyboard: the row in hand, the selection, the keys, opened incidents.
import { startActing } from "./acting.js";
import { focusOn, isFocusLost, parse, replace } from "./pieces.js";
import { takeBack } from "./toast.js";

const KEYS = { e: "claim", a: "assign", c: "comment", s: "snooze", w: "wait", x: "escalate", r: "resolve" };
const list = () => document.querySelector("[data-queue]");
const casePage = () => document.querySelector("[data-case-page]");

export function startQueue() {
  if (!list() && !casePage()) return;
  const picked = new Set(); // ids of rows
  let isAll = false; // all that fit the filter, shown or not
  let current = null; // the id of the row in hand, while it is there

  const rows = () => [...(list()?.querySelectorAll("tbody tr:not(.left)") ?? [])];
  const rowInHand = () => document.activeElement?.closest?.("tbody tr") ?? document.getElementById(current ?? "");
  const chosenRows = () => [...picked].map((id) => document.getElementById(id)).filter((row) => row && !row.classList.contains("left"));

  function caseOf(row) {
    return { id: row.dataset.case, version: row.dataset.version, team: row.dataset.team, state: row.dataset.state };
  }
  function labelOf(row) {
    const said = row.querySelector("[data-row-link]")?.textContent.trim() ?? "";
    const order = row.querySelector(".x-what .under a")?.textContent.trim(); // many sentences are the same but for their order
    return order && !said.includes(order) ? `${order}: ${said}` : said;
  }
  function targets() {
    const page = casePage();
    if (page) return { cases: [caseOf(page)], incidents: [], all: false, count: 1, team: page.dataset.team, label: document.getElementById("wrong-text").textContent };
    if (isAll) {
      const count = Number(list().dataset.count);
      return { cases: [], incidents: [], all: true, count, team: "", label: `All ${count.toLocaleString("en")} cases that fit the filter, also those on other pages.` };
    }
    const inHand = rowInHand();
    const chosen = chosenRows();
    const meant = chosen.length ? chosen : inHand && !inHand.classList.contains("left") ? [inHand] : [];
    if (!meant.length) return null;
    const incidents = meant.filter((row) => row.dataset.incident);
    const cases = meant.filter((row) => row.dataset.case);
    const count = cases.length + incidents.reduce((sum, row) => sum + Number(row.dataset.count), 0);
    const folded = count - cases.length;
    const label = meant.length === 1 ? labelOf(meant[0]) : `${count.toLocaleString("en")} cases${folded ? `, ${folded} of them in incidents` : ""}.`;
    return { cases: cases.map(caseOf), incidents: incidents.map((row) => row.dataset.incident), all: false, count, team: meant[0].dataset.team, label };
  }

  // What an act brought back: the page, or rows in their places.
  function done(fresh, { ok, isWhole, isUndo }) {
    const body = fresh.querySelector("article#case");
    if (body) {
      const piece = replace(body);
      if (piece) acting.prepare(piece);
      if (isFocusLost()) focusOn("do-assign") || focusOn("do-reopen") || document.getElementById("main").focus();
      return;
    }
    if (isWhole && ok) {
      clear();
      document.dispatchEvent(new CustomEvent("queue:renew"));
      return;
    }
    const before = rowInHand()?.id;
    const came = [...fresh.querySelectorAll("tbody tr")]; // a row that is put in its place has left what came
    for (const row of came) putRow(row);
    if (ok) clear();
    if (isUndo) { focusOn(`${came[0]?.id}-link`); return; }
    const standing = document.getElementById(before ?? "");
    if (standing?.classList.contains("left")) goOn(standing);
    else if (before && isFocusLost()) focusOn(`${before}-link`);
  }
  function putRow(row) {
    const old = document.getElementById(row.id);
    if (!old) return;
    if (old.dataset.of) { row.dataset.of = old.dataset.of; row.classList.add("of-incident"); }
    replace(row);
  }
  // The row in hand has left the list: the next one is in hand.
  function goOn(row) {
    const all = rows();
    const next = all.find((each) => row.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING) ?? all.at(-1);
    if (next) { focusOn(`${next.id}-link`); next.scrollIntoView({ block: "nearest" }); } else document.getElementById("main").focus();
  }
  const acting = startActing(targets, done);

  function clear() {
    picked.clear();
    isAll = false;
    show();
  }
  function show() {
    const here = list();
    if (!here) return;
    for (const row of here.querySelectorAll("tbody tr")) {
      const is = picked.has(row.id) && !row.classList.contains("left");
      row.classList.toggle("picked", is || isAll);
      const box = row.querySelector("[data-pick]");
      if (box) box.checked = is || isAll;
    }
    const chosen = here.querySelector("[data-chosen]");
    if (!chosen) return;
    const subject = isAll || picked.size ? targets() : null;
    const shown = rows();
    const every = shown.length > 0 && shown.every((row) => picked.has(row.id));
    chosen.textContent = subject ? `${subject.count.toLocaleString("en")} selected` : chosen.dataset.none;
    here.querySelector("[data-pick-all]").checked = isAll || every;
    here.querySelector("[data-pick-all]").indeterminate = !every && picked.size > 0;
    here.querySelector("[data-choose-none]").hidden = !subject;
    const worth = document.getElementById("queue-worth"); // of all that fit, not of what is selected
    if (worth) worth.hidden = Boolean(subject) && !isAll;
    here.querySelector("[data-choose-all]").hidden = isAll || !every || subject.count >= Number(here.dataset.count);
  }
  function pick(row, is = !picked.has(row.id)) {
    if (!row || row.classList.contains("left") || !row.querySelector("[data-pick]")) return;
    isAll = false;
    if (is) picked.add(row.id); else picked.delete(row.id);
    show();
  }
  function pickShown() {
    const all = rows();
    const every = isAll || all.every((row) => picked.has(row.id));
    isAll = false;
    picked.clear();
    if (!every) for (const row of all) picked.add(row.id);
    show();
    document.getElementById("announce")?.replaceChildren(every ? "None selected" : `${picked.size} rows selected`);
  }

  async function unfold(button) {
    const row = button.closest("tr");
    const isOpen = button.getAttribute("aria-expanded") === "true";
    for (const each of document.querySelectorAll(`tr[data-of="${row.id}"]`)) { picked.delete(each.id); each.remove(); }
    button.setAttribute("aria-expanded", String(!isOpen));
    show();
    if (isOpen) return;
    const answer = await fetch(button.dataset.unfold, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    let place = row;
    for (const fresh of parse(await answer.text()).querySelectorAll("tbody tr")) {
      document.getElementById(fresh.id)?.remove();
      fresh.dataset.of = row.id;
      fresh.classList.add("of-incident");
      const piece = document.adoptNode(fresh);
      place.after(piece);
      htmx.process(piece);
      place = piece;
    }
    show();
  }

  document.addEventListener("focusin", (event) => { const row = event.target.closest?.("[data-queue] tbody tr"); if (row) current = row.id; });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-unfold], [data-choose-all], [data-choose-none]");
    if (!button) return;
    if ("unfold" in button.dataset) unfold(button);
    else if ("chooseNone" in button.dataset) { clear(); focusOn("pick-all"); } else { isAll = true; show(); focusOn("choose-none"); }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick]")) pick(event.target.closest("tr"), event.target.checked);
    else if (event.target.matches("[data-pick-all]")) pickShown();
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]");
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing) return;
    if (event.key === " ") {
      const row = event.target.closest?.("[data-queue] tbody tr");
      if (!row || event.target.matches("button, [type=checkbox]:not([data-pick])") || event.target.matches("[data-pick]")) return;
      pick(row);
    } else if (event.key === "A" && list()) pickShown();
    else if (event.key === "u") { if (!takeBack()) return; } else if (!event.shiftKey && KEYS[event.key] && document.querySelector(`[data-do], #say`)) keyed(KEYS[event.key]);
    else return;
    event.preventDefault();
  });
  function keyed(act) {
    if (casePage()) {
      if (act === "comment" && focusOn("say-text")) { document.getElementById("say-text").scrollIntoView({ block: "center" }); return; }
      const state = casePage().dataset.state;
      if (act === "snooze" && state === "snoozed") act = "wake";
      if (!document.querySelector("[data-do]")) return;
    }
    acting.begin(act);
  }
  // The row in hand was renewed behind a dialog: the browser has nothing to give the focus back to.
  document.addEventListener("close", () => { if (current && isFocusLost()) focusOn(`${current}-link`); }, true);
  // A swap of the list keeps what was selected and opened, as far as it is still there.
  let opened = [];
  document.addEventListener("htmx:beforeSwap", () => { opened = [...document.querySelectorAll("[data-unfold][aria-expanded=true]")].map((each) => each.id); });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "case" || document.getElementById("case")?.contains(event.detail.target)) acting.prepare(document.getElementById("case"));
    for (const id of picked) if (!document.getElementById(id)) picked.delete(id);
    for (const id of opened) { const button = document.getElementById(id); if (button) unfold(button); }
    opened = [];
    show();
  });
  document.addEventListener("live:replaced", show);
  show();
}
