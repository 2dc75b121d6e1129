// Acts on exceptions: what they are done to, their dialogs, how they are sent, and what comes back.
import { parse, replace, replaceAround } from "./pieces.js";
import { startMentions, startSomebody } from "./somebody.js";
import { hideProblem, toast } from "./toast.js";

const WORDS = { claim: "Claim", assign: "Assign", comment: "Comment on", snooze: "Snooze", wait: "Set to waiting", wake: "Wake", escalate: "Escalate", resolve: "Resolve", reopen: "Reopen" };
const WITH_DIALOG = new Set(["assign", "escalate", "comment", "snooze", "resolve"]);
const MANY = 25; // from so many on an act without a dialog asks first
const announce = (text) => { document.getElementById("announce")?.replaceChildren(text); };
const csrf = () => document.getElementById("csrf")?.value ?? "";

// `targets()` says what is meant: {cases: [{id, version, label, team, state}], incidents: [id], all, count, label}.
export function startActing(targets, done) {
  let meant = null;
  let pending = false;

  async function send(address, body, headers) {
    let answer;
    try {
      answer = await fetch(address, { method: "POST", headers: { "X-CSRFToken": csrf(), "HX-Request": "true", ...headers }, body });
    } catch {
      throw new Error("The server did not answer. Nothing was done, and nothing you typed is lost: try again.");
    }
    const text = await answer.text();
    const fresh = parse(text).querySelector("[data-acted]");
    if (!fresh) throw new Error(answer.status === 404 ? "This case is no more, or no longer yours to see." : `This failed on the server (${answer.status}). Nothing was done: try again.`);
    return { ok: answer.ok, status: answer.status, fresh };
  }

  function request(act, fields, subject) {
    const body = new URLSearchParams(fields);
    const list = document.querySelector("[data-queue]");
    if (list) body.set("filters", list.dataset.query);
    const isOne = !subject.all && subject.incidents.length === 0 && subject.cases.length === 1;
    const headers = { "HX-Target": list ? "exceptions" : "case" };
    if (isOne) {
      const { id, version } = subject.cases[0];
      body.set("version", version);
      return [`/exceptions/${id}/${act}`, body, headers];
    }
    body.set("act", act);
    if (subject.all) body.set("all", "1");
    else {
      for (const each of subject.cases) body.append("case", `${each.id}:${each.version}`);
      for (const incident of subject.incidents) body.append("incident", incident);
    }
    return ["/exceptions/bulk", body, headers];
  }

  // Puts what came back in its place; true where it was done.
  function take({ ok, fresh }, subject) {
    const isWhole = subject.all || subject.incidents.length > 0;
    done(fresh, { ok, isWhole });
    replaceAround(fresh);
    if (ok && fresh.dataset.message) {
      const versions = fresh.dataset.undo.split(" ").filter(Boolean);
      toast(fresh.dataset.message, { undo: versions.length ? () => undo(versions) : null });
      announce(`${fresh.dataset.message}.${versions.length ? " Press u to undo." : ""}`);
    }
    const refused = fresh.querySelector("[data-refused]");
    if (refused) summarize(fresh.dataset.message, refused);
    return ok;
  }

  async function undo(versions) {
    const list = document.querySelector("[data-queue]");
    const body = new URLSearchParams(versions.map((each) => ["case", each]));
    if (list) body.set("filters", list.dataset.query);
    try {
      const came = await send("/exceptions/undo", body, { "HX-Target": list ? "exceptions" : "case" });
      done(came.fresh, { ok: came.ok, isWhole: false, isUndo: true });
      replaceAround(came.fresh);
      const said = came.ok ? came.fresh.dataset.message : came.fresh.dataset.problem;
      toast(said, { isProblem: !came.ok });
      announce(said);
    } catch (error) {
      toast(error.message, { isProblem: true });
      announce(error.message);
    }
  }

  function summarize(title, refused) {
    const dialog = document.getElementById("act-summary");
    if (!dialog) return;
    dialog.querySelector("[data-title]").textContent = title;
    dialog.querySelector("[data-list]").replaceChildren(document.adoptNode(refused));
    dialog.showModal();
  }

  async function perform(act, fields, subject, form) {
    if (pending) return;
    pending = true;
    const error = form?.querySelector("[data-error]");
    error?.replaceChildren();
    form?.setAttribute("aria-busy", "true");
    try {
      const came = await send(...request(act, fields, subject));
      if (came.ok) {
        form?.closest("dialog")?.close();
        if (form && "inline" in form.dataset) (document.getElementById(form.id) ?? form).reset(); // it may have been put anew
      }
      take(came, subject);
      if (!came.ok) {
        fail(came.fresh.dataset.problem, form, error);
        if (came.status === 409) meant = targets(true) ?? meant; // as it is now: sent again it is done all the same
      }
    } catch (problem) {
      fail(problem.message, form, error);
    } finally {
      pending = false;
      form?.removeAttribute("aria-busy");
    }
  }
  function fail(text, form, error) {
    if (error?.isConnected && (form.closest("dialog")?.open || "inline" in form.dataset)) error.textContent = text;
    else { toast(text, { isProblem: true }); announce(text); }
  }

  function begin(act) {
    const subject = targets();
    if (!subject || (!subject.all && !subject.cases.length && !subject.incidents.length)) {
      toast("Choose a row first: j moves to the next one.", { isProblem: true });
      announce("Choose a row first: j moves to the next one.");
      return;
    }
    hideProblem();
    const state = subject.cases.length === 1 && subject.count === 1 ? subject.cases[0].state : "";
    if (act === "resolve" && state.startsWith("resolved")) act = "reopen";
    if (act === "wait" && state === "waiting") act = "wake";
    if (WITH_DIALOG.has(act)) open(act, subject, state);
    else if (subject.all || subject.incidents.length || subject.count >= MANY) confirm(act, subject);
    else perform(act, {}, subject, null);
  }

  function about(dialog, subject) {
    for (const each of dialog.querySelectorAll("[data-about]")) each.textContent = subject.label;
  }
  function open(act, subject, state) {
    const dialog = document.getElementById(`act-${act}`);
    if (!dialog) return;
    meant = subject;
    about(dialog, subject);
    const form = dialog.querySelector("form");
    form.reset();
    form.querySelector("[data-error]").replaceChildren();
    const wake = form.querySelector("[data-wake]");
    if (wake) wake.hidden = state !== "snoozed";
    dialog.showModal();
    form.somebody?.open();
  }
  function confirm(act, subject) {
    const dialog = document.getElementById("act-confirm");
    meant = subject;
    about(dialog, subject);
    const form = dialog.querySelector("form");
    form.dataset.act = act;
    form.querySelector("[data-error]").replaceChildren();
    const words = `${WORDS[act]} ${subject.count === 1 ? "this case" : `${subject.count.toLocaleString("en")} cases`}`;
    dialog.querySelector("[data-title]").textContent = `${words}?`;
    dialog.querySelector("[data-yes]").textContent = words;
    dialog.showModal();
  }

  function submit(form, submitter) {
    const fields = Object.fromEntries(new FormData(form));
    delete fields.csrfmiddlewaretoken;
    const act = form.dataset.act;
    if (act === "snooze") {
      fields.until = submitter?.matches("[data-own]") || !submitter?.value ? form.querySelector("[data-own-time]").value : submitter.value;
    }
    if (act === "assign" && !form.somebody.isChosen()) {
      form.querySelector("[data-error]").textContent = "Choose somebody, or “Nobody” to give it back to the team’s queue.";
      return;
    }
    perform(act, fields, "inline" in form.dataset ? targets() : meant, form);
  }

  const team = () => meant?.cases[0]?.team ?? meant?.team ?? targets()?.team ?? "";
  function prepare(root) {
    for (const field of root.querySelectorAll("[data-somebody]")) field.closest("form").somebody = startSomebody(field, team);
    for (const field of root.querySelectorAll("[data-mentions]")) startMentions(field, team);
  }
  prepare(document);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-act]")) return;
    event.preventDefault();
    submit(event.target, event.submitter);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do], [data-close], [data-wake]");
    if (!button) return;
    if ("close" in button.dataset) button.closest("dialog").close();
    else if ("wake" in button.dataset) perform("wake", {}, meant, button.closest("form"));
    else begin(button.dataset.do);
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form[data-act]");
    if (!form) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("textarea, input:not([type=radio])")) return;
    const chosen = form.querySelector(`[data-key="${CSS.escape(event.key)}"]:not([hidden])`);
    if (!chosen) return;
    event.preventDefault();
    if (chosen.matches("[type=radio]")) { chosen.checked = true; chosen.focus(); } else chosen.click();
  });
  return { begin, prepare };
}
