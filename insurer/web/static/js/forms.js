// Forms: say when conditions were changed but not sent, send once, follow the chosen option.
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-filter]");
  const hint = form && form.querySelector("[data-changed]");
  if (hint) hint.hidden = false;
});

// What a list of ticks holds, in words on its closed head.
document.addEventListener("change", (event) => {
  const picker = event.target.closest?.(".picker");
  if (!picker) return;
  const words = Array.from(picker.querySelectorAll("input:checked")).map((box) => box.dataset.word);
  picker.querySelector("[data-picked]").textContent = words.join("、") || "不限";
});

// An empty field says nothing: the address carries only what was asked.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-filter")) return;
  for (const field of form.elements) field.disabled = field.name !== "" && field.value === "";
  window.setTimeout(() => { for (const field of form.elements) field.disabled = false; });
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-again")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
});

window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// Without scripts the button must be true for every choice; here it follows the choice.
document.querySelectorAll("[data-none-chosen]").forEach((button) => {
  if (!document.querySelector("input[data-button]:checked")) button.textContent = button.dataset.noneChosen;
});

document.addEventListener("change", (event) => {
  const choice = event.target;
  if (!(choice instanceof HTMLInputElement) || choice.type !== "radio" || !choice.dataset.button) return;
  choice.closest(".choices")?.querySelectorAll("label").forEach((label) => {
    label.classList.toggle("is-chosen", label.contains(choice));
  });
  const form = choice.form;
  if (!form) return;
  const button = form.querySelector("[data-submit]") || document.querySelector(`[data-submit][form="${form.id}"]`);
  if (button) button.textContent = choice.dataset.button;
  const line = document.querySelector("[data-consequence-line]");
  if (line) line.textContent = choice.dataset.consequence || "";
});

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close-dialog]");
  if (close) close.closest("dialog").close();
  const open = event.target.closest("[data-open-keys]");
  if (open) { event.preventDefault(); document.getElementById("keys").showModal(); }
  const print = event.target.closest("[data-print]");
  if (print) { event.preventDefault(); window.print(); }
});

const summary = document.querySelector("[data-error-summary]");
if (summary) summary.focus();
