// Keyboard for the desk. Single keys are silent in fields, while an input method composes,
// and when the person has switched them off (body data-keys="off").
const TEXT_TYPES = new Set(["text", "search", "password", "email", "tel", "url", "number", "date", "month", "file"]);
let pending = 0;
let lastPicked = -1;

function inField(target) {
  if (!(target instanceof Element)) return false;
  if (target.closest("textarea, select, [contenteditable]")) return true;
  return target instanceof HTMLInputElement && TEXT_TYPES.has(target.type);
}

function rows() {
  return Array.from(document.querySelectorAll("[data-row]")).filter((row) => row.offsetParent !== null);
}

function currentIndex(list) {
  return list.findIndex((row) => row.classList.contains("is-current"));
}

function moveTo(list, index) {
  list.forEach((row) => row.classList.remove("is-current"));
  const row = list[index];
  if (!row) return;
  row.classList.add("is-current");
  row.scrollIntoView({ block: "nearest" });
  const link = row.querySelector("[data-open]");
  if (link) link.focus({ preventScroll: true });
}

function step(by) {
  const list = rows();
  if (list.length === 0) return;
  const at = currentIndex(list);
  moveTo(list, at < 0 ? 0 : Math.min(list.length - 1, Math.max(0, at + by)));
}

function pick(range) {
  const list = rows();
  const at = currentIndex(list);
  if (at < 0) return;
  const boxOf = (row) => row.querySelector("[data-select]");
  const box = boxOf(list[at]);
  if (!box) return;
  box.checked = !box.checked;
  if (range && lastPicked >= 0) {
    const [from, to] = [Math.min(lastPicked, at), Math.max(lastPicked, at)];
    list.slice(from, to + 1).forEach((row) => { if (boxOf(row)) boxOf(row).checked = box.checked; });
  }
  lastPicked = at;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function nextToCheck() {
  const marks = Array.from(document.querySelectorAll("[data-check]"));
  if (marks.length === 0) return;
  const at = marks.findIndex((mark) => mark.classList.contains("is-current"));
  marks.forEach((mark) => mark.classList.remove("is-current"));
  const mark = marks[(at + 1) % marks.length];
  rows().forEach((row) => row.classList.remove("is-current")); // keys of a row act on one row
  mark.classList.add("is-current");
  mark.scrollIntoView({ block: "center" });
  const stop = mark.matches("a, button, input, select, textarea") ? mark : mark.querySelector("a, button, input");
  if (stop) stop.focus({ preventScroll: true });
}

function escape(event) {
  const menu = document.querySelector("details.menu[open], details.picker[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return;
  }
  if (inField(event.target)) {
    event.target.blur();
    return;
  }
  const close = document.querySelector("[data-close-panel]");
  if (close) close.click();
}

function quickSubmit(event) {
  const form = event.target.closest?.("form") || document.querySelector("form[data-primary]");
  if (!form || form.hasAttribute("data-no-quick")) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-submit]") || undefined);
}

function click(selector) {
  const found = document.querySelector(selector);
  if (found) found.click();
  return Boolean(found);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  if (event.ctrlKey && event.key === "Enter") { quickSubmit(event); return; }
  if (event.ctrlKey && (event.key === "s" || event.key === "S")) {
    if (click("[data-draft]")) event.preventDefault();
    return;
  }
  if (event.key === "Escape") { escape(event); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  if (document.body.dataset.keys === "off" || document.querySelector("dialog[open]")) return;

  if (pending && Date.now() - pending < 1200) {
    pending = 0;
    if (click(`[data-go="${CSS.escape(event.key)}"]`)) { event.preventDefault(); return; }
  }
  pending = 0;
  if (event.key === "/") {
    const finder = document.getElementById("search");
    if (finder) { event.preventDefault(); finder.focus(); finder.select(); }
  } else if (event.key === "?") {
    const dialog = document.getElementById("keys");
    if (dialog) dialog.showModal();
  } else if (event.key === "g") {
    pending = Date.now();
  } else if (event.key === "j") {
    step(1);
  } else if (event.key === "k") {
    step(-1);
  } else if (event.key === "x" || event.key === "X") {
    pick(event.shiftKey);
  } else if (event.key === "n") {
    nextToCheck();
  } else if (event.key === "Enter") {
    if (event.target.closest?.("a, button, summary")) return;
    click("[data-row].is-current [data-open]");
  } else if (/^[1-7]$/.test(event.key)) {
    click(`[data-tab="${event.key}"]`);
  } else if (!click(`[data-row].is-current [data-row-key="${CSS.escape(event.key)}"]`)) {
    click(`[data-key="${CSS.escape(event.key)}"]`);
  }
});

document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open], details.picker[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
