// Live: a hint says what changed, htmx fetches the part again. Nothing moves under a reader's pointer or keyboard:
// while somebody is in a list, known rows change in place and the rest waits behind a button.
import { parse, replaceAround } from "./pieces.js";
import { typeAgain, typedIn } from "./typed.js";

const BEHIND_SECONDS = 5;
const GATHER_MS = 350;
const POLL_MS = 15_000;
const MOST_UNREAD = 100; // the server counts no further

export function startLive() {
  const indicator = document.querySelector("[data-live-indicator]");
  if (!indicator) return;
  const part = () => document.querySelector("[data-live]");
  const isPast = () => document.querySelector("[data-past]") !== null; // a past moment does not change as we look at it
  let source = null;
  let poll = 0;
  let gather = 0;
  let missed = false;
  let behind = 0;
  let opened = false;
  let seenAt = 0;

  function show(state, text) {
    indicator.dataset.state = state;
    indicator.firstElementChild.textContent = text;
  }
  function pulse(seconds) {
    behind = seconds;
    const late = seconds >= BEHIND_SECONDS;
    show(late ? "behind" : "live", `Live, ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s behind`);
  }

  function concerns(target, orders) {
    if (!orders || !target.dataset.liveFirst || target.dataset.liveFirst === "true") return true;
    return [...target.querySelectorAll("[data-handle]")].some((row) => orders.includes(row.dataset.handle));
  }
  function changed(orders) {
    const target = part();
    if (!target || !concerns(target, orders)) return;
    if (document.hidden) { missed = true; return; }
    clearTimeout(gather);
    gather = setTimeout(() => refresh(), GATHER_MS);
  }
  function refresh(force = false) {
    const target = part();
    if (!target) return;
    target.dataset.liveForce = String(force);
    htmx.ajax("GET", target.dataset.liveUrl, { target: `#${target.id}`, swap: "outerHTML" });
  }
  function isBusy(target) {
    if (target.dataset.liveForce === "true" || !target.querySelector("tbody [data-rev]") || target.dataset.liveFirst === undefined) return false;
    return target.matches(":hover") || target.contains(document.activeElement) || scrollY > 80;
  }
  const revisions = (root) => new Map([...root.querySelectorAll("[data-rev]")].map((each) => [each.id, each.dataset.rev]));

  function highlight(before) {
    for (const element of document.querySelectorAll("[data-live] [data-rev]")) {
      if (before.size && before.get(element.id) !== element.dataset.rev) element.classList.add("changed");
    }
  }
  function replaceInPlace(target, html) {
    const fresh = parse(html);
    const told = revisions(fresh);
    const waiting = putRows(fresh);
    replaceAround(fresh);
    if (waiting) offer(target, waiting);
    // A row that is not among the fresh ones may have left the list, or only its page: ask for it by name.
    const missing = [...target.querySelectorAll("tbody [data-rev][data-case]")].filter((row) => !told.has(row.id) && !row.dataset.of && !row.classList.contains("left"));
    if (target.dataset.liveRows && missing.length) askFor(target.dataset.liveRows, missing);
    document.dispatchEvent(new CustomEvent("live:replaced"));
  }
  // Puts fresh rows in the places of those that stand; how many have none.
  function putRows(fresh) {
    let waiting = 0;
    for (const row of fresh.querySelectorAll("tbody [data-rev]")) {
      const old = document.getElementById(row.id);
      if (!old) { waiting += 1; continue; }
      if (old.dataset.rev === row.dataset.rev) continue;
      const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
      if (old.dataset.of) { row.dataset.of = old.dataset.of; row.classList.add("of-incident"); }
      const unfolded = old.querySelector("[aria-expanded=true]")?.id;
      old.replaceWith(document.adoptNode(row));
      htmx.process(row);
      row.classList.add("changed");
      if (unfolded) document.getElementById(unfolded)?.setAttribute("aria-expanded", "true");
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }
    return waiting;
  }
  async function askFor(address, missing) {
    const asked = missing.slice(0, 50).map((row) => `case=${row.dataset.case}`).join("&");
    const answer = await fetch(`${address}&${asked}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    putRows(parse(await answer.text()));
    document.dispatchEvent(new CustomEvent("live:replaced"));
  }
  function offer(target, count) {
    let news = document.getElementById("news");
    if (!news) {
      news = document.createElement("div");
      news.id = "news";
      news.className = "news";
      news.innerHTML = '<button type="button" class="btn primary"></button>';
      news.firstElementChild.addEventListener("click", () => { news.remove(); scrollTo({ top: 0 }); refresh(true); });
      target.before(news);
    }
    news.firstElementChild.textContent = `${count} more heard of, show`;
  }

  // Where the focus is, in words that still hold after the swap.
  function addressOf(element) {
    if (element.id) return `#${CSS.escape(element.id)}`;
    for (const name of ["data-copy", "href"]) {
      if (element.hasAttribute(name)) return `:is([data-live], [data-past]) [${name}="${CSS.escape(element.getAttribute(name))}"]`;
    }
    return null;
  }
  let kept = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    if (!target?.matches?.("[data-live], [data-past]") || !event.detail.shouldSwap) return;
    if (event.detail.requestConfig.path === target.dataset.liveUrl && isBusy(target)) {
      event.detail.shouldSwap = false;
      replaceInPlace(target, event.detail.serverResponse);
      return;
    }
    document.getElementById("news")?.remove();
    const isSamePage = event.detail.requestConfig.path === target.dataset.liveUrl;
    kept = {
      revisions: isSamePage ? revisions(target) : new Map(),
      open: [...target.querySelectorAll("details[id]")].map((each) => [each.id, each.open]),
      shown: [...target.querySelectorAll("[data-views]")].map((each) => [each.id, each.querySelector("[aria-pressed=true]")?.dataset.show, each.dataset.chosen]),
      scrolls: [...target.querySelectorAll("[id$=-scroll]")].map((each) => [each.id, each.scrollLeft]),
      focus: target.contains(document.activeElement) ? addressOf(document.activeElement) : null,
      typed: typedIn(target),
    };
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!kept) return;
    const { revisions: before, open, shown, scrolls, focus, typed } = kept;
    kept = null;
    for (const [id, isOpen] of open) { const each = document.getElementById(id); if (each) each.open = isOpen; }
    for (const [id, view, chosen] of shown) if (view && chosen) document.querySelector(`#${CSS.escape(id)} [data-show="${view}"]`)?.click();
    for (const [id, left] of scrolls) { const each = document.getElementById(id); if (each) each.scrollLeft = left; }
    typeAgain(typed);
    const again = focus && (document.querySelector(focus) ?? document.querySelector("[data-live] [data-row-link]") ?? document.getElementById("main"));
    if (again && again !== document.activeElement) again.focus({ preventScroll: true });
    highlight(before);
  });

  function showUnread(count) {
    const place = document.querySelector("[data-inbox-count]");
    if (place) place.textContent = count >= MOST_UNREAD ? `${MOST_UNREAD - 1}+` : count || "";
  }
  async function askUnread() {
    try {
      const answer = await fetch("/live/freshness", { headers: { Accept: "application/json" } });
      if (answer.ok) showUnread((await answer.json()).unread);
    } catch { /* the next hint asks again */ }
  }
  function inboxChanged() {
    askUnread();
    if (part()?.dataset.liveInbox !== undefined) changed(null);
  }

  async function askFreshness() {
    try {
      const answer = await fetch("/live/freshness", { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      pulse(told.behind_seconds);
      showUnread(told.unread);
      if (!source && part()) changed(null);
    } catch { show("off", "Not live: the server does not answer"); }
  }
  function startPolling() {
    if (poll || document.hidden) return;
    askFreshness();
    poll = setInterval(askFreshness, POLL_MS);
  }
  function stop() {
    source?.close();
    source = null;
    clearInterval(poll);
    poll = 0;
  }
  function start() {
    stop();
    if (isPast()) { show("past", "A past moment, not live"); return; }
    const target = part();
    if (!target || !window.EventSource) { startPolling(); return; }
    // The server tells what changed since this page was rendered (or since this tab was hidden).
    source = new EventSource(`${target.dataset.live}?age=${Math.ceil(performance.now() - seenAt)}`);
    source.addEventListener("open", () => {
      clearInterval(poll);
      poll = 0;
      pulse(behind);
      if (opened) changed(null); // hints may have been missed in between
      opened = true;
    });
    source.addEventListener("changed", (event) => changed(JSON.parse(event.data).orders));
    source.addEventListener("changed", (event) => { if (!JSON.parse(event.data).orders) askUnread(); });
    source.addEventListener("inbox", inboxChanged);
    source.addEventListener("pulse", (event) => pulse(JSON.parse(event.data).behind_seconds));
    source.addEventListener("error", () => {
      show("behind", "Reconnecting");
      if (source?.readyState === EventSource.CLOSED) { // refused (too many streams, signed out): ask from time to time
        source = null;
        startPolling();
      }
    });
  }
  document.addEventListener("queue:renew", () => refresh(true));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { stop(); seenAt = performance.now(); return; }
    opened = false;
    start();
    if (missed) { missed = false; refresh(); }
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) start(); });
  start();
}
