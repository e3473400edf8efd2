// The place on the page that belongs to the field in focus; positions in thousandths of the page.
document.addEventListener("focusin", (event) => {
  const frame = document.querySelector("[data-place-frame]");
  if (!frame) return;
  const place = event.target.dataset?.place;
  frame.hidden = !place;
  if (!place) return;
  const [left, top, width, height] = place.split(" ").map((part) => `${Number(part) / 10}%`);
  Object.assign(frame.style, { left, top, width, height });
});
