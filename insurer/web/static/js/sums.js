// Sums checked while typing, in whole fen; the server checks again on saving.
function fen(text) {
  const found = /^\s*(\d{1,13})(?:\.(\d{1,2}))?\s*$/.exec(text.replace(/,/g, ""));
  return found ? Number(found[1]) * 100 + Number((found[2] || "0").padEnd(2, "0")) : null;
}

function yuan(value) {
  const whole = Math.floor(value / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${whole}.${String(value % 100).padStart(2, "0")}`;
}

function check(line) {
  const form = line.closest("form");
  const field = (name) => form.elements.namedItem(name);
  const names = line.dataset.sumParts.split(" ").filter((name) => field(name));
  const parts = names.map((name) => fen(field(name).value || "0"));
  const total = fen(field(line.dataset.sumTotal).value);
  const word = line.querySelector("[data-sum-word]");
  const text = line.querySelector("[data-sum-text]");
  if (total === null || parts.includes(null)) {
    word.textContent = "";
    text.textContent = "有一格不是金额，请写成 1234.50 这样的数字。";
    line.classList.remove("green", "red");
    return;
  }
  const sum = parts.reduce((left, right) => left + right, 0);
  const same = sum === total;
  line.classList.toggle("green", same);
  line.classList.toggle("red", !same);
  word.textContent = same ? "✓ 相符" : "■ 不符";
  text.textContent = same
    ? `${parts.map(yuan).join(" + ")} = ${yuan(total)}`
    : `${line.dataset.sumName}相加是 ${yuan(sum)} 元，比总费用${sum < total ? "少" : "多"} ${yuan(Math.abs(total - sum))} 元。请对照结算单。`;
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form");
  if (form) form.querySelectorAll("[data-sum-total]").forEach(check);
});
