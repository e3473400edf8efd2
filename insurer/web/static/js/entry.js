// Keying a sheet in: Enter goes to the next field, what is typed is kept as a draft, and the answers that
// depend on it (cover, papers, invoice) are fetched. Without this script the check button does the same.
const form = document.querySelector("form[data-entry]");

function fields() {
  return Array.from(form.querySelectorAll("input, select, textarea")).filter(
    (one) => one.type !== "hidden" && !one.disabled && one.offsetParent !== null && one.tabIndex >= 0,
  );
}

function toNext(from) {
  const list = fields();
  const next = list[list.indexOf(from) + 1];
  if (!next) return;
  next.focus();
  if (next.select) next.select();
}

let waiting = null;
let running = false;
let again = false;
let typed = 0;

function say(text) {
  const state = document.getElementById("draft-state");
  if (state) state.lastChild.textContent = text;
}

// The part that holds the cursor stays; only its empty fields are filled.
function fill(old, fresh) {
  for (const found of fresh.querySelectorAll("input[id]")) {
    const mine = old.querySelector(`#${CSS.escape(found.id)}`);
    if (mine && mine.value === "" && found.value !== "") mine.value = found.value;
  }
}

// What was typed while the answer was on its way is newer than the answer.
function take(text, isNewest) {
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const old of document.querySelectorAll("[data-part]")) {
    const fresh = page.getElementById(old.id);
    if (!isNewest && old.querySelector("input:not([type=hidden]), select")) continue;
    if (fresh && !old.contains(document.activeElement)) old.replaceWith(document.importNode(fresh, true));
    else if (fresh && old.id === "draft-state") old.replaceWith(document.importNode(fresh, true));
    else if (fresh) fill(old, fresh);
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

async function keep() {
  if (running) { again = true; return; }
  running = true;
  const at = typed;
  try {
    const body = new FormData(form);
    body.delete("lines_file");
    const answer = await fetch(form.dataset.entry, { method: "POST", body, redirect: "manual" });
    if (answer.status === 200) take(await answer.text(), at === typed);
    else say("草稿没有存上，内容还在这一页");
  } catch {
    say("网断了，草稿没有存上，内容还在这一页");
  }
  running = false;
  if (again) { again = false; keep(); }
}

if (form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.isComposing || event.keyCode === 229) return;
    const at = event.target;
    if (!(at instanceof HTMLInputElement || at instanceof HTMLSelectElement) || at.type === "file") return;
    event.preventDefault();
    if (at.name === "code") { at.dispatchEvent(new Event("change", { bubbles: true })); }
    toNext(at);
  });
  form.addEventListener("input", (event) => { if (event.isTrusted) typed += 1; });
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") return;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(keep, event.target.tagName === "INPUT" && event.target.name !== "code" ? 900 : 150);
  });
  form.addEventListener("submit", () => window.clearTimeout(waiting));
  if (!document.querySelector("[data-error-summary]")) {
    const open = form.querySelector("[autofocus]"); // a row that was just opened
    const empty = open || fields().find((one) => one.value === "" && one.type !== "file");
    if (empty) empty.focus();
  }
}
