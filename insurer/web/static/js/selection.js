// Chosen rows of a list: count, their total, and the batch bar.
function yuanOf(fen) {
  const sign = fen < 0 ? "−" : "";
  const whole = Math.floor(Math.abs(fen) / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sign}${whole}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
}

function refresh() {
  const boxes = Array.from(document.querySelectorAll("[data-select]"));
  const chosen = boxes.filter((box) => box.checked);
  boxes.forEach((box) => box.closest("tr").classList.toggle("is-selected", box.checked));
  const bar = document.querySelector("[data-batch]");
  if (!bar) return;
  bar.hidden = chosen.length === 0;
  bar.querySelector("[data-batch-count]").textContent = String(chosen.length);
  const sum = chosen.reduce((total, box) => total + Number(box.dataset.fen || 0), 0);
  bar.querySelector("[data-batch-sum]").textContent = yuanOf(sum);
  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.checked = boxes.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) {
    document.querySelectorAll("[data-select]").forEach((box) => { box.checked = event.target.checked; });
  }
  if (event.target.matches("[data-select], [data-select-all]")) refresh();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-unselect]")) return;
  event.preventDefault();
  document.querySelectorAll("[data-select]").forEach((box) => { box.checked = false; });
  refresh();
});

refresh();
