// Chosen rows of a list: count, their total, and the batch bar. What was ticked on other pages of the same
// list is kept for this browser tab (numbers only) and goes along with the form.
const form = document.querySelector("form[data-picks]");
const store = form ? `picks:${location.pathname}` : "";
const boxes = () => Array.from(document.querySelectorAll("[data-select]"));

function yuanOf(fen) {
  const sign = fen < 0 ? "−" : "";
  const whole = Math.floor(Math.abs(fen) / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sign}${whole}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
}

// The conditions of the list, without place and sorting: other conditions begin another choice.
function listKey() {
  const asked = new URLSearchParams(form.dataset.picks.split("?")[1] || "");
  for (const name of ["sort", "after", "before", "from", "end", "picked", "base"]) asked.delete(name);
  asked.sort();
  return asked.toString();
}

function kept() {
  if (!store) return {};
  try {
    const found = JSON.parse(sessionStorage.getItem(store) || "{}");
    return found.key === listKey() ? found.rows || {} : {};
  } catch {
    return {};
  }
}

function keep(rows) {
  if (store) sessionStorage.setItem(store, JSON.stringify({ key: listKey(), rows }));
}

function refresh() {
  const all = boxes();
  const chosen = all.filter((box) => box.checked);
  all.forEach((box) => box.closest("tr").classList.toggle("is-selected", box.checked));
  const bar = document.querySelector("[data-batch]");
  if (!bar || bar.hasAttribute("data-frozen")) return;
  const rows = kept();
  all.forEach((box) => {
    if (box.checked) rows[box.value] = Number(box.dataset.fen || 0);
    else delete rows[box.value];
  });
  keep(rows);
  const here = new Set(all.map((box) => box.value));
  const elsewhere = Object.keys(rows).filter((number) => !here.has(number));
  const count = store ? Object.keys(rows).length : chosen.length;
  const amounts = store ? Object.values(rows) : chosen.map((box) => Number(box.dataset.fen || 0));
  bar.hidden = count === 0;
  bar.querySelector("[data-batch-count]").textContent = String(count);
  const sum = bar.querySelector("[data-batch-sum]");
  if (sum) sum.textContent = yuanOf(amounts.reduce((total, fen) => total + fen, 0));
  const note = bar.querySelector("[data-batch-elsewhere]");
  if (note) {
    note.hidden = elsewhere.length === 0;
    note.textContent = elsewhere.length ? `${elsewhere.length} ${form?.dataset.unit || "件"}在别的页　` : "";
  }
  const head = document.querySelector("[data-select-all]");
  if (head) {
    head.checked = all.length > 0 && chosen.length === all.length;
    head.indeterminate = chosen.length > 0 && chosen.length < all.length;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) boxes().forEach((box) => { box.checked = event.target.checked; });
  if (event.target.matches("[data-select], [data-select-all]")) refresh();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-unselect]")) return;
  event.preventDefault();
  keep({});
  boxes().forEach((box) => { box.checked = false; });
  refresh();
});

// Steps work on everything chosen, on whatever page it stands.
form?.addEventListener("submit", () => {
  form.querySelectorAll("[data-carried]").forEach((field) => field.remove());
  const here = new Set(boxes().map((box) => box.value));
  Object.keys(kept()).filter((number) => !here.has(number)).forEach((number) => {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: form.dataset.field || "case", value: number });
    field.setAttribute("data-carried", "");
    form.append(field);
  });
});

if (store) {
  const rows = kept();
  boxes().forEach((box) => { box.checked = box.value in rows; });
}
refresh();
