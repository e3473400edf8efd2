// What is written about a case is kept on the server while it is typed: an ended session loses nothing.
const WAIT = 1_200;
let waiting = null;
let running = false;
let again = false;

function stateOf(form) {
  if ("keepAll" in form.dataset) {
    return { state: form.querySelector("[data-draft-state]"), forget: form.querySelector("[data-forget]") };
  }
  const field = Array.from(form.elements).find((one) => one.tagName === "TEXTAREA");
  const place = field?.parentElement;
  return { state: place?.querySelector("[data-draft-state]"), forget: place?.querySelector("[data-forget]") };
}

async function keep(form) {
  if (running) { again = true; return; }
  running = true;
  const { state, forget } = stateOf(form);
  const said = (words) => { if (state) state.textContent = words; };
  try {
    const answer = await fetch(form.dataset.keep, { method: "POST", body: new FormData(form), redirect: "manual" });
    if (answer.status === 200) {
      const words = (await answer.text()).trim();
      said(words);
      if (forget) forget.hidden = !words.includes("已存");
    } else {
      said("草稿没有存上，内容还在这一页");
    }
  } catch {
    said("网断了，草稿没有存上，内容还在这一页");
  }
  running = false;
  if (again) { again = false; keep(form); }
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.dataset.keep || (event.target.tagName !== "TEXTAREA" && !("keepAll" in form.dataset))) return;
  window.clearTimeout(waiting);
  waiting = window.setTimeout(() => keep(form), WAIT);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-draft]");
  if (!button?.form?.dataset.keep) return;
  event.preventDefault();
  window.clearTimeout(waiting);
  keep(button.form);
});

document.addEventListener("submit", () => window.clearTimeout(waiting));
