// Sums checked while typing, in whole fen; the server checks again on saving.
function fen(text) {
  const found = /^\s*(\d{1,13})(?:\.(\d{1,2}))?\s*$/.exec(text.replace(/,/g, ""));
  return found ? Number(found[1]) * 100 + Number((found[2] || "0").padEnd(2, "0")) : null;
}

function yuan(value) {
  const whole = Math.floor(value / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${whole}.${String(value % 100).padStart(2, "0")}`;
}

// Which slip of typing would make just this difference; the server says the same.
function hint(form, names, parts, sum, total) {
  const off = Math.abs(total - sum);
  const word = (at) => form.querySelector(`label[for="field-${names[at]}"]`)?.textContent.trim() || "";
  const same = parts.indexOf(off);
  if (sum > total && same >= 0) return `差的正好是“${word(same)}”，看它是不是填重了。`;
  const short = parts.findIndex((part) => part && part * 9 === off);
  if (sum < total && short >= 0) return `“${word(short)}”像是少填了一位。`;
  const long = parts.findIndex((part) => part && part * 9 === off * 10);
  if (sum > total && long >= 0) return `“${word(long)}”像是多填了一位。`;
  return off % 9 === 0 ? "差额能被 9 整除，多半有一格两个数字填颠倒了。" : "";
}

// What was paid after the settlement must stay within what the person was left with.
function checkWithin(line, field, word, text) {
  const paying = (name) => ["paid", "settled"].includes(field(name.replace("_amount", ""))?.value);
  const parts = line.dataset.sumParts.split(" ").filter((name) => field(name) && paying(name));
  const within = line.dataset.sumWithin.split(" ").filter((name) => field(name));
  if (!within.some((name) => field(name).value.trim())) {
    word.textContent = "";
    text.textContent = "填好个人负担后在这里核对。";
    return;
  }
  const amounts = [...parts, ...within].map((name) => fen(field(name).value || "0"));
  word.classList.remove("green", "red");
  word.textContent = "";
  if (amounts.includes(null)) {
    text.textContent = "有一格不是金额，请写成 1234.50 这样的数字。";
    return;
  }
  const add = (values) => values.reduce((left, right) => left + right, 0);
  const paid = add(amounts.slice(0, parts.length));
  const borne = add(amounts.slice(parts.length));
  word.classList.add(paid > borne ? "red" : "green");
  word.textContent = paid > borne ? "■ 不符" : "✓ 相符";
  text.textContent = paid > borne
    ? `${line.dataset.sumName}付的相加是 ${yuan(paid)} 元，比个人负担的 ${yuan(borne)} 元多 ${yuan(paid - borne)} 元。请对照各方的决定书。`
    : `个人负担 ${yuan(borne)} − 以后各方 ${yuan(paid)} = 还剩 ${yuan(borne - paid)}`;
}

function check(line) {
  const form = line.closest("form");
  const field = (name) => form.elements.namedItem(name);
  const names = line.dataset.sumParts.split(" ").filter((name) => field(name));
  const parts = names.map((name) => fen(field(name).value || "0"));
  const total = fen(field(line.dataset.sumTotal).value);
  const word = line.querySelector("[data-sum-word]");
  const text = line.querySelector("[data-sum-text]");
  if (line.dataset.sumWithin) {
    checkWithin(line, field, word, text);
    return;
  }
  if (total === null || parts.includes(null)) {
    word.textContent = "";
    text.textContent = "有一格不是金额，请写成 1234.50 这样的数字。";
    word.classList.remove("green", "red");
    return;
  }
  const sum = parts.reduce((left, right) => left + right, 0);
  const same = sum === total;
  word.classList.toggle("green", same);
  word.classList.toggle("red", !same);
  word.textContent = same ? "✓ 相符" : "■ 不符";
  text.textContent = same
    ? `${parts.filter((part) => part || parts.length < 5).map(yuan).join(" + ") || "0.00"} = ${yuan(total)}`
    : `${line.dataset.sumName}相加是 ${yuan(sum)} 元，比总费用${sum < total ? "少" : "多"} ${yuan(Math.abs(total - sum))} 元。${hint(form, names, parts, sum, total)}请对照结算单第1页。`;
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form");
  if (form) form.querySelectorAll("[data-sum-total]").forEach(check);
});
