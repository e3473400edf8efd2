// A list that lies open asks now and then whether its rows were changed; it says so and moves nothing.
const EVERY = 20_000;
const hint = document.querySelector("[data-fresh]");
let asking = false;

function rows() {
  return Array.from(document.querySelectorAll("tr[data-mark]"));
}

function show(changed) {
  const there = new Set(changed);
  for (const row of rows()) row.classList.toggle("is-changed", there.has(row.dataset.id));
  hint.textContent = `有 ${changed.length} ${hint.dataset.unit}更新，点此刷新`;
  hint.hidden = changed.length === 0;
}

async function ask() {
  const listed = rows();
  if (asking || document.visibilityState !== "visible" || listed.length === 0) return;
  asking = true;
  const query = new URLSearchParams(listed.map((row) => ["row", `${row.dataset.id}~${row.dataset.mark}`]));
  try {
    const answer = await fetch(`${hint.dataset.fresh}?${query}`, { redirect: "manual" });
    if (answer.status === 204) show([]);
    else if (answer.status === 200) show(await answer.json());
  } catch {
    // the line is broken: the next time asks again
  } finally {
    asking = false;
  }
}

if (hint) {
  hint.addEventListener("click", (event) => { event.preventDefault(); window.location.reload(); });
  document.addEventListener("visibilitychange", ask);
  window.setInterval(ask, EVERY);
}
