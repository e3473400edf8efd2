// The end of the session is announced five minutes before it comes; what was typed is never thrown away.
const minutes = Number(document.body.dataset.idle || 0);
const dialog = document.getElementById("leaving");
const MINUTE = 60_000;
let ends = 0;
let touched = false;
let asked = null;

const others = "BroadcastChannel" in window ? new BroadcastChannel("desk") : null;

function stays(tell) {
  ends = Date.now() + minutes * MINUTE;
  if (dialog.open) dialog.close();
  if (tell && others) others.postMessage("here");
}

async function goOn() {
  const answer = await fetch("/still-here", { redirect: "manual" });
  if (answer.status === 204) stays(true);
  else ended();
}

function ended() {
  if (!touched) { window.location.reload(); return; }
  dialog.querySelector("[data-leaving-words]").textContent = "已自动退出。您填的内容还在这一页：照常交上去，登录后接着办。";
  dialog.querySelector("[data-go-on]").textContent = "知道了";
  dialog.dataset.ended = "1";
  if (!dialog.open) dialog.showModal();
  window.clearInterval(asked);
}

if (minutes && dialog) {
  if (others) others.addEventListener("message", () => stays(false));
  document.addEventListener("input", () => { touched = true; });
  document.addEventListener("htmx:afterRequest", () => stays(true));
  dialog.querySelector("[data-go-on]").addEventListener("click", () => {
    if (dialog.dataset.ended) dialog.close();
    else goOn();
  });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); });
  stays(true);
  asked = window.setInterval(() => {
    const left = ends - Date.now();
    if (left <= 0) ended();
    else if (left <= Math.min(5, minutes / 2) * MINUTE && !dialog.open) dialog.showModal();
  }, 5_000);
}
