// The derivation panel: focus goes in when it opens and back to its amount when it closes.
let opened = "";

document.addEventListener("htmx:beforeRequest", (event) => {
  const amount = event.target.closest?.("[data-of]");
  if (amount) opened = amount.dataset.of;
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "calculation") return;
  const heading = document.querySelector("#panel h2");
  if (heading) {
    heading.focus({ preventScroll: true });
  } else if (opened) {
    document.querySelector(`[data-of="${CSS.escape(opened)}"]`)?.focus();
    opened = "";
  }
});

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (!copy) return;
  event.preventDefault();
  await navigator.clipboard.writeText(copy.dataset.copy);
  copy.textContent = "已复制";
});
