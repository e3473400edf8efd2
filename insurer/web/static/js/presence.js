// An open page of a case says so every few seconds, and shows who else is at work on it.
const EVERY = 4_000;
const place = document.querySelector("[data-presence]");
let acted = true; // opening the page is doing something
let going = false;

function form(values) {
  const data = new FormData();
  data.set("csrf_token", place.dataset.guard);
  for (const [name, value] of Object.entries(values)) data.set(name, value);
  return data;
}

async function say() {
  if (going || document.visibilityState !== "visible") return;
  going = true;
  const body = form({ acted: acted ? "1" : "", version: place.dataset.version });
  acted = false;
  try {
    const answer = await fetch(place.dataset.presence, { method: "POST", body, redirect: "manual" });
    if (answer.status === 204) show("");
    else if (answer.status === 200) show((await answer.text()).trim());
  } catch {
    acted = true; // the line is broken: the next one says it again
  } finally {
    going = false;
  }
}

// Words that are there already stay as they are: somebody may be writing a reason beside them.
function show(text) {
  const words = (node) => Array.from(node.querySelectorAll(".banner > b, .banner-text"), (part) => part.textContent.trim()).join("|");
  const fresh = document.createElement("div");
  fresh.innerHTML = text;
  if (words(fresh).replace(/（.*?）/g, "") === words(place).replace(/（.*?）/g, "")) {
    const [now, then] = [fresh.querySelector(".presence b"), place.querySelector(".presence b")];
    if (now && then && now.textContent !== then.textContent) then.replaceWith(now);
    return;
  }
  place.replaceChildren(...fresh.childNodes);
}

if (place) {
  for (const what of ["keydown", "pointerdown", "input"]) {
    document.addEventListener(what, () => { acted = true; }, { passive: true });
  }
  document.addEventListener("visibilitychange", say);
  window.addEventListener("pagehide", () => {
    navigator.sendBeacon(place.dataset.presence, form({ left: "1" }));
  });
  window.addEventListener("pageshow", () => { acted = true; say(); });
  window.setInterval(say, EVERY);
}
