// Files are sent one after another, each with its own answer; without this script one form sends them all.
const form = document.querySelector("form[data-upload]");

const GUESSES = [
  [/结算单/, "settlement_sheet"], [/发票|票据|收据/, "invoice"], [/清单|明细/, "fee_list"], [/身份证/, "identity"],
  [/申请/, "application"], [/出院/, "discharge_record"], [/处方|病历/, "prescription"], [/卡|存折/, "bank_card"],
  [/转诊/, "referral_record"], [/惠民/, "inclusive_decision"], [/慈善/, "charity_decision"], [/\.(xml|ofd)$/i, "invoice"],
];

function element(name, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

function guessed(name, fallback) {
  const found = GUESSES.find(([pattern]) => pattern.test(name));
  return found ? found[1] : fallback;
}

function row(file, at) {
  const kinds = form.elements.namedItem("kind");
  const kind = kinds.cloneNode(true);
  kind.id = `kind-${at}`;
  kind.setAttribute("aria-label", `${file.name} 的种类`);
  kind.value = guessed(file.name, kinds.value);
  const said = element("span", { className: "said quiet", textContent: `${Math.max(1, Math.round(file.size / 1024))} KB，还没有传` });
  const drop = element("button", { type: "button", className: "btn-text", textContent: "不传这份" });
  const line = element("li", {}, element("span", { className: "cut", title: file.name, textContent: file.name }), kind, said, drop);
  const one = { file, kind, said, drop, line, done: false };
  drop.addEventListener("click", () => { one.gone = true; line.remove(); });
  return one;
}

function send(one, words) {
  return new Promise((resolve) => {
    const body = new FormData();
    body.append("csrf_token", form.elements.namedItem("csrf_token").value);
    body.append("form_key", one.key || (one.key = crypto.randomUUID()));
    body.append("kind", one.kind.value);
    if (one.reason && one.reason.value) body.append("duplicate_reason", one.reason.value);
    body.append("file", one.file);
    const request = new XMLHttpRequest();
    request.open("POST", form.dataset.upload);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) words(Math.floor((event.loaded * 100) / event.total));
    });
    request.addEventListener("loadend", () => resolve({ status: request.status, answer: request.response }));
    request.send(body);
  });
}

function show(one, { status, answer }) {
  const message = answer && answer.message;
  if (status === 200) {
    one.done = true;
    one.said.className = "said green";
    one.said.textContent = `✓ ${message}`;
    one.kind.disabled = true;
    one.drop.remove();
    if (one.reason) one.reason.remove();
  } else {
    one.key = "";
    one.said.className = status === 409 ? "said amber" : "said red";
    one.said.textContent = message || (status === 0 ? "网断了，没有传上，请再按一次上传" : "没有传上，请再按一次上传");
    if (status === 409 && !one.reason) {
      one.said.append(" ", element("a", { href: answer.href, target: "_blank", rel: "noopener", textContent: `看 ${answer.case}` }));
      one.reason = element("input", { className: "form-control", placeholder: "照样收下的原因", maxLength: 200 });
      one.reason.setAttribute("aria-label", `照样收下 ${one.file.name} 的原因`);
      one.line.append(one.reason);
    }
  }
}

if (form && window.FormData) {
  const list = form.querySelector("[data-upload-list]");
  const files = form.querySelector("[data-upload-files]");
  const words = form.querySelector("[data-upload-words]");
  const button = form.querySelector("[data-submit]");
  const chooser = form.elements.namedItem("file");
  let rows = [];
  let busy = false;

  chooser.addEventListener("change", () => {
    const fresh = Array.from(chooser.files).slice(0, 20).map((file, at) => row(file, rows.length + at));
    rows.push(...fresh);
    files.append(...fresh.map((one) => one.line));
    list.hidden = rows.length === 0;
    words.textContent = `选了 ${rows.filter((one) => !one.gone).length} 份，按“上传材料”开始传`;
    chooser.required = false;
  });

  form.addEventListener("submit", async (event) => {
    const waiting = rows.filter((one) => !one.gone && !one.done);
    if (rows.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (busy) return;
    busy = true;
    button.disabled = true;
    let at = 0;
    for (const one of waiting) {
      at += 1;
      const tell = (percent) => { words.textContent = `正在传第 ${at} / ${waiting.length} 份：${one.file.name}，${percent}%`; };
      tell(0);
      show(one, await send(one, tell));
    }
    const kept = rows.filter((one) => one.done).length;
    const left = rows.filter((one) => !one.gone && !one.done).length;
    words.textContent = left ? `${kept} 份已收下，${left} 份没收下，原因写在旁边` : `${kept} 份都收下了`;
    button.disabled = false;
    busy = false;
    chooser.value = "";
    if (left === 0) window.location.assign(`${form.dataset.next}?done=papers`);
  }, true);
}
