// Names as one types: a field that asks for somebody (`data-somebody`), and @names in a text (`data-mentions`).
const WAIT_MS = 120;
const CALLED = /(^|\s)@([\w.+-]*)$/;

async function ask(list, typed, what, team) {
  const answer = await fetch(`/exceptions/people?${new URLSearchParams({ typed, team, for: what })}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  list.innerHTML = await answer.text();
  for (const [place, option] of [...list.querySelectorAll("[role=option]")].entries()) option.id = `${list.id}-${place}`;
}

const options = (list) => [...list.querySelectorAll("[role=option]")];
const current = (list) => list.querySelector("[aria-selected=true]");

function select(input, list, option) {
  for (const each of options(list)) each.setAttribute("aria-selected", String(each === option));
  if (option) {
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}

function step(input, list, by) {
  const all = options(list);
  if (!all.length) return;
  const at = all.indexOf(current(list));
  select(input, list, all[at < 0 && by < 0 ? all.length - 1 : (at + by + all.length) % all.length]);
}

export function startSomebody(field, team) {
  const input = field.querySelector("[data-typed]");
  const value = field.querySelector("[type=hidden]");
  const list = field.querySelector("[role=listbox]");
  const what = field.dataset.somebody;
  let timer = 0;
  const show = async (typed) => {
    await ask(list, typed, what, team());
    input.setAttribute("aria-expanded", String(options(list).length > 0));
    select(input, list, typed ? options(list)[0] : null);
  };
  const choose = (option) => {
    value.value = option.dataset.value;
    input.value = option.dataset.name;
    input.dataset.chosen = option.dataset.name;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  input.addEventListener("input", () => {
    value.value = input.value.trim();
    delete input.dataset.chosen;
    clearTimeout(timer);
    timer = setTimeout(() => show(input.value.trim()), WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!options(list).length) show(input.dataset.chosen ? "" : input.value.trim());
      else step(input, list, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && current(list)) {
      if (!input.dataset.chosen) choose(current(list)); // and the form is sent
    }
  });
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    choose(option);
    input.focus();
  });
  return { open: () => { input.value = ""; value.value = ""; delete input.dataset.chosen; return show(""); }, isChosen: () => "chosen" in input.dataset || input.value.trim() !== "" };
}

export function startMentions(field, team) {
  const text = field.querySelector("textarea");
  const list = field.querySelector("[role=listbox]");
  let timer = 0;
  const called = () => CALLED.exec(text.value.slice(0, text.selectionStart));
  const hide = () => {
    list.replaceChildren();
    list.hidden = true;
    text.removeAttribute("aria-activedescendant");
  };
  const show = async () => {
    const name = called();
    if (!name) return hide();
    await ask(list, name[2], "mention", team());
    if (!called()) return hide();
    list.hidden = options(list).length === 0;
    select(text, list, options(list)[0] ?? null);
  };
  const choose = (option) => {
    const name = called();
    if (!name) return;
    const end = text.selectionStart;
    text.setRangeText(`@${option.dataset.value} `, end - name[2].length - 1, end, "end");
    hide();
    text.focus();
  };
  text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, WAIT_MS); });
  text.addEventListener("keydown", (event) => {
    if (list.hidden || !current(list)) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(text, list, event.key === "ArrowDown" ? 1 : -1);
    else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") choose(current(list));
    else if (event.key === "Escape") { event.stopPropagation(); hide(); } else return;
    event.preventDefault();
  });
  text.addEventListener("blur", () => setTimeout(hide, 150));
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) { event.preventDefault(); choose(option); }
  });
}
