// Charts: draws each [data-chart] from the figure beside it, in the theme's colours, and keeps a page of them fresh while
// somebody looks at it. Nothing moves under a pointer: what is pointed at is renewed once the pointer has left.
const root = document.documentElement;
const SETTINGS = { displayModeBar: false, displaylogo: false, responsive: false, doubleClick: false, showTips: false };

// A text that begins with two dashes is a role: its value is the theme's token of that name.
function themed(value, tokens) {
  if (typeof value === "string") return value.startsWith("--") ? tokens.getPropertyValue(value).trim() : value;
  if (Array.isArray(value)) return typeof value[0] === "number" || value[0] === null ? value : value.map((each) => themed(each, tokens));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, themed(each, tokens)]));
  return value;
}

function figureOf(chart) { return JSON.parse(chart.querySelector('script[type="application/json"]').textContent); }

async function draw(chart) {
  const plot = chart.querySelector("[data-plot]");
  if (!plot) return;
  try {
    const figure = figureOf(chart);
    const tokens = getComputedStyle(root);
    await window.Plotly.react(plot, themed(figure.data, tokens), themed(figure.layout, tokens), SETTINGS);
    if (!plot.dataset.drawn) begin(chart, plot);
    plot.dataset.drawn = "true";
    chart.querySelector("[data-failed]").hidden = true;
    const cursor = chart.querySelector("input.cursor");
    cursor.max = figure.moments.length - 1;
    if (document.activeElement === cursor) read(chart, Number(cursor.value));
    if (chart.querySelector("details.as-table").open) fill(chart, figure);
  } catch (error) {
    console.warn("chart", chart.id, error);
    plot.hidden = true;
    chart.querySelector("[data-failed]").hidden = false;
  }
}

// The readout: the slot under the pointer, or under the arrow keys, in the words of the table.
function sentence(figure, place) {
  return `${figure.moments[place]}: ${figure.columns.map((column) => (figure.columns.length > 1 ? `${column.name} ` : "") + column.texts[place]).join(", ")}`;
}
function read(chart, place) {
  const figure = figureOf(chart);
  const text = sentence(figure, place);
  const out = chart.querySelector("[data-readout]");
  out.dataset.summary ??= out.textContent;
  out.textContent = text;
  const cursor = chart.querySelector("input.cursor");
  cursor.value = place;
  cursor.setAttribute("aria-valuetext", text);
}
function unread(chart) {
  const out = chart.querySelector("[data-readout]");
  if (out.dataset.summary !== undefined) { out.textContent = out.dataset.summary; delete out.dataset.summary; }
}

function begin(chart, plot) {
  plot.on("plotly_hover", (event) => read(chart, event.points[0].pointIndex));
  plot.on("plotly_unhover", () => unread(chart));
  const cursor = document.createElement("input");
  Object.assign(cursor, { type: "range", min: 0, step: 1, className: "cursor" });
  const { moments } = figureOf(chart);
  cursor.max = moments.length - 1;
  cursor.value = moments.length - 1;
  cursor.setAttribute("aria-label", `${chart.querySelector("h2 [data-tip]").textContent}: move through time`);
  cursor.setAttribute("aria-valuetext", chart.querySelector("[data-readout]").textContent);
  const show = () => {
    const place = Number(cursor.value);
    read(chart, place);
    const points = plot.data.map((trace, curveNumber) => ({ curveNumber, pointNumber: place })).filter((each) => plot.data[each.curveNumber].y[place] !== null);
    if (points.length) window.Plotly.Fx.hover(plot, points); else window.Plotly.Fx.unhover(plot);
  };
  cursor.addEventListener("input", show);
  cursor.addEventListener("focus", show);
  cursor.addEventListener("blur", () => { window.Plotly.Fx.unhover(plot); unread(chart); });
  plot.after(cursor);
}

// The same figures as a table, made when it is asked for.
function fill(chart, figure = figureOf(chart)) {
  const table = document.createElement("table");
  table.className = "table";
  const row = (into, kind, cells) => {
    const line = into.insertRow();
    cells.forEach((text, place) => {
      const cell = document.createElement(place === 0 || kind === "th" ? "th" : "td");
      if (cell.tagName === "TH") cell.scope = kind === "th" ? "col" : "row";
      if (place) cell.className = "num";
      cell.textContent = text;
      line.append(cell);
    });
  };
  row(table.createTHead(), "th", ["Time", ...figure.columns.map((column) => column.name)]);
  const body = table.createTBody();
  for (let place = figure.moments.length - 1; place >= 0; place -= 1) {
    row(body, "td", [figure.moments[place], ...figure.columns.map((column) => column.texts[place])]);
  }
  const holder = chart.querySelector("[data-table]");
  const { scrollTop } = holder;
  holder.replaceChildren(table);
  holder.scrollTop = scrollTop;
}

const charts = () => document.querySelectorAll("[data-chart]");
const drawAll = () => { for (const chart of charts()) draw(chart); };

// Renewal: the page is asked for again; charts are redrawn in place, pieces replaced, and what is pointed at waits.
const waiting = new Map();
function renewChart(old, fresh) {
  const figure = fresh.querySelector('script[type="application/json"]');
  if (!figure || !old.querySelector("[data-plot]")) { // from nothing to something, or back
    old.replaceWith(fresh);
    draw(fresh);
    return;
  }
  old.querySelector('script[type="application/json"]').textContent = figure.textContent;
  const out = old.querySelector("[data-readout]");
  const text = fresh.querySelector("[data-readout]").textContent;
  if (out.dataset.summary === undefined) out.textContent = text; else out.dataset.summary = text;
  draw(old);
}
function renewPiece(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const scrolls = [...old.querySelectorAll("[id$=-scroll]")].map((each) => [each.id, each.scrollLeft]);
  old.replaceWith(fresh);
  for (const [id, left] of scrolls) { const each = document.getElementById(id); if (each) each.scrollLeft = left; }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
function renew(old, fresh) {
  const act = () => (old.matches("[data-chart]") ? renewChart(old, fresh) : renewPiece(old, fresh));
  if (!old.matches(":hover")) { waiting.delete(old.id); act(); return; }
  if (!waiting.has(old.id)) {
    old.addEventListener("pointerleave", () => { const last = waiting.get(old.id); waiting.delete(old.id); if (last && old.isConnected) last(); }, { once: true });
  }
  waiting.set(old.id, act);
}
function renewPage(page, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById(page.id);
  if (!fresh) { location.reload(); return; } // signed out, or the page is another one by now
  const names = (within) => [...within.querySelectorAll("[data-piece], [data-chart]")].map((each) => each.id);
  if (names(page).join() !== names(fresh).join()) {
    const failed = page.querySelector("[data-refresh-failed]");
    page.replaceChildren(...document.adoptNode(fresh).childNodes);
    if (failed) page.querySelector("[data-refresh-failed]")?.replaceWith(failed);
    drawAll();
    return;
  }
  for (const each of [...fresh.querySelectorAll("[data-piece], [data-chart]")]) {
    const old = document.getElementById(each.id);
    renew(old, document.adoptNode(each));
  }
}

function keepFresh(page) {
  const usual = Number(page.dataset.refresh) * 1_000;
  let pause = usual;
  let timer = 0;
  let answeredAt = new Date();
  const failed = () => page.querySelector("[data-refresh-failed]");
  async function turn() {
    clearTimeout(timer);
    if (document.hidden) return; // nobody looks: nothing is asked
    try {
      const answer = await fetch(page.dataset.refreshUrl, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(15_000) });
      if (!answer.ok) throw new Error(String(answer.status));
      renewPage(page, await answer.text());
      answeredAt = new Date();
      pause = usual;
      failed().hidden = true;
      page.dataset.renewed = String(Number(page.dataset.renewed ?? 0) + 1);
    } catch {
      pause = Math.min(pause * 2, 60_000);
      failed().querySelector("[data-since]").textContent = answeredAt.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
      failed().hidden = false;
    }
    timer = setTimeout(turn, pause);
  }
  timer = setTimeout(turn, pause);
  document.addEventListener("visibilitychange", () => { if (document.hidden) clearTimeout(timer); else turn(); });
}

drawAll();
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.as-table[open]")) fill(event.target.closest("[data-chart]"));
}, true);
new MutationObserver(drawAll).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
let width = 0;
new ResizeObserver(() => {
  const now = document.querySelector("[data-plot]")?.clientWidth ?? 0;
  if (now === width) return;
  width = now;
  for (const plot of document.querySelectorAll("[data-plot][data-drawn]")) window.Plotly.Plots.resize(plot);
}).observe(document.querySelector("main"));
document.fonts?.ready.then(drawAll);
const page = document.querySelector("[data-refresh]");
if (page) keepFresh(page);
