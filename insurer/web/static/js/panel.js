// The derivation panel: focus goes in when it opens and back to its amount when it closes.
let opened = new URLSearchParams(window.location.search).get("of") || "";
let waiting = "";

document.addEventListener("htmx:beforeRequest", (event) => {
  const amount = event.target.closest?.("[data-of]");
  if (amount) {
    opened = amount.dataset.of;
    waiting = "open";
  } else if (event.target.closest?.("[data-close-panel]")) {
    waiting = "close";
  }
});

// Signed out meanwhile, or an error: that answer is a page of its own and not a part of this one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (target && target.id && xhr.status < 400 && xhr.responseText.includes(`id="${target.id}"`)) return;
  event.detail.shouldSwap = false;
  window.location.assign(event.detail.pathInfo.requestPath);
});

document.addEventListener("htmx:afterSettle", () => {
  if (waiting === "open") {
    const head = document.querySelector("#panel h2");
    head?.focus({ preventScroll: true });
    head?.scrollIntoView({ block: "nearest" }); // on a narrow screen the panel stands under the tables
  } else if (waiting === "close" && opened) {
    document.querySelector(`[data-of="${CSS.escape(opened)}"]`)?.focus();
  }
  waiting = "";
});

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (!copy) return;
  event.preventDefault();
  await navigator.clipboard.writeText(copy.dataset.copy);
  copy.textContent = "已复制";
});
