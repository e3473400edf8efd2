"""这个数怎么来的: one amount of a stored calculation back to the papers it rests on."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from insurer.claims.tables import Decision
from insurer.claims.upstream import LATER_WORDS, later_words
from insurer.kernel.money import display, parse_yuan
from insurer.schemes.explain import explain
from insurer.schemes.pack_files import clauses
from insurer.worklists.views import paths
from insurer.worklists.views.calculation import Derivation, Step
from insurer.worklists.views.elements import Link

INPUTS: Final[dict[str, str]] = {
    "medfee_sumamt": "医疗总费用",
    "inscp_scp_amt": "范围内费用",
    "preselfpay_amt": "乙类先行自付",
    "overlmt_selfpay": "超限价自付",
    "fulamt_ownpay_amt": "全自费",
    "hifp_pay": "基本医疗保险",
    "hifmi_pay": "大病保险",
    "hifob_pay": "大额补充",
    "hifes_pay": "企业补充",
    "cvlserv_pay": "公务员补助",
    "hifdm_pay": "伤残人员保障",
    "maf_pay": "医疗救助",
    "hosp_part_amt": "医院负担",
}
_PART_WORDS: Final = {
    "unsplit": "没有写明拆分",
    "in_catalogue": "写明目录内",
    "outside_catalogue": "写明目录外",
    "excluded": "写明不予支付部分",
}
_ASSUMED: Final = "有的读法还没有书面确认，确认后会重算"


def build_derivation(
    decision: Decision,
    result: Mapping[str, Any],
    facts: Mapping[str, Any],
    of: str,
    number: str,
    setl: str,
    *,
    agrees: bool,
) -> Derivation | None:
    """Return the panel of one amount: a step of the trace, a figure of a paper, a line, a clause.

    Everything comes from what is stored; ``agrees`` tells whether doing the decision again gave the same.
    """
    close = paths.with_query(paths.case_href(number, "calculation"), setl=setl)
    papers = paths.case_href(number, "documents")
    kind, _, name = of.partition(".")
    if kind == "in" and name in INPUTS:
        return _input(decision, facts, name, of, papers, close)
    if kind == "later" and name in LATER_WORDS:
        return _later(decision, result, facts, name, of, papers, close)
    if kind == "row":
        return _line(decision, facts, name, of, papers, close)
    if kind == "clause":
        return _clause(decision, name, of, close)
    if of == "used":
        return _used(decision, result, of, number, close)
    if of == "rest":
        return _rest(decision, result, facts, of, close)
    return _step(decision, result, facts, of, papers, close, agrees)


def _step(
    decision: Decision,
    result: Mapping[str, Any],
    facts: Mapping[str, Any],
    of: str,
    papers: str,
    close: str,
    agrees: bool,
) -> Derivation | None:
    chosen = _ancestors(result.get("trace", ()), of)
    if not chosen:
        return None
    target = {key: value for key, value in chosen[-1].items() if key != "part"}
    lines = explain([*chosen[:-1], target])
    rounded = [place for place, line in enumerate(lines, 1) if line.rounding]
    steps = tuple(
        Step(
            what=f"{line.label}（第 {line.row} 行）" if line.row else line.label,
            sum=line.amount,
            detail="" if line.formula == line.amount else line.formula,
            rounded="四舍五入到分" if line.rounding else "",
            strong=place == len(lines),
        )
        for place, line in enumerate(lines, 1)
    )
    last = lines[-1]
    gist, source = _gist(decision, str(target["clause"]))
    readings = _readings(chosen)
    return _panel(
        decision,
        of,
        str(target["label"]),
        parse_yuan(str(target["amount"])),
        close,
        formula=last.formula or last.label,
        steps=steps,
        inputs=_inputs(chosen, facts, papers, close),
        clause=gist,
        clause_source=source,
        readings=readings,
        readings_by=_ASSUMED if readings else "",
        rounding=_rounding(rounded),
        agrees=agrees,
    )


def _ancestors(trace: Sequence[Mapping[str, Any]], of: str) -> list[Mapping[str, Any]]:
    """Return the named step and every step it rests on, in the order of the trace."""
    by_rule = {step["rule"]: step for step in trace if not step.get("row")}
    if of not in by_rule:
        return []
    wanted = {of}
    waiting = [of]
    while waiting:
        for name in by_rule[waiting.pop()]["inputs"]:
            rule = name.partition("#")[0]
            if rule in by_rule and rule not in wanted and not _adds_nothing(by_rule[rule]):
                wanted.add(rule)
                waiting.append(rule)
    chosen = [step for step in trace if not step.get("row") and step["rule"] in wanted]
    position = next(place for place, step in enumerate(chosen) if step["rule"] == of)
    return [*chosen[:position], *chosen[position + 1 :], chosen[position]]


def _adds_nothing(step: Mapping[str, Any]) -> bool:
    """Tell whether a step is zero because what goes in is zero; an exhausted limit is worth showing."""
    if step.get("amount") != "0.00" or step["op"] not in ("share", "prorata", "min"):
        return False
    return any(value == "0.00" and "limit" not in name for name, value in step["inputs"].items())


def _inputs(
    chosen: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], papers: str, close: str
) -> tuple[tuple[str, Link], ...]:
    used: dict[str, str] = {}
    for step in chosen:
        for name, value in step["inputs"].items():
            if isinstance(value, str):
                used.setdefault(name.partition("#")[0], value)
    found = []
    for name, word in INPUTS.items():
        if used.get(name, "0.00") != "0.00":
            found.append((f"{word} {display(parse_yuan(used[name]))}", Link("结算单", papers)))
    for payer, word in later_words(facts).items():
        stated = [row for row in facts.get("later_payers") or () if row.get("payer") == payer]
        if stated and any(name.startswith(payer) for name in used):
            found.append((f"{word}的结果", Link("看原件", papers)))
    if any(name.startswith("excluded") and value != "0.00" for name, value in used.items()):
        found.append(("不予支付的费用行", Link("费用明细", f"{close}#lines")))
    if "other_covered_used" in used:
        found.append((f"今年已用 {used['other_covered_used']}", Link("看已用", f"{close}?of=used")))
    return tuple(found)


def _readings(chosen: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for step in chosen:
        for reading in step.get("readings", ()):
            if step["inputs"].get(reading["input"], "0.00") != "0.00":
                found[reading["title"]] = reading["label"]
    return tuple(found.items())


def _rounding(places: Sequence[int]) -> str:
    if not places:
        return "这个数没有舍入。"
    words = "、".join(str(place) for place in places)
    return f"四舍五入到分，每个金额只舍入一次。这里舍入过第 {words} 步。"


def _gist(decision: Decision, clause: str) -> tuple[str, str]:
    """Return the gist of a clause in our own words, and its place."""
    scheme = str(decision.document["scheme"])
    try:
        found = clauses(scheme).get(clause)
    except (OSError, LookupError):
        found = None
    place = clause.partition("-")[2].replace("(", "（").replace(")", "）") or clause
    if found is None:
        return place, ""
    return f"{place}　{found.gist}" if not clause.startswith("control") else found.gist, found.document


def _panel(decision: Decision, key: str, word: str, amount: int, close: str, **more: Any) -> Derivation:
    values: dict[str, Any] = {"formula": "", "steps": (), "inputs": (), "clause": "", "clause_source": ""}
    return Derivation(
        key=key,
        word=word,
        amount=amount,
        result=display(amount),
        version=decision.pack_hash[:12],
        computed_at=decision.made_at,
        close_href=close,
        **{**values, **more},
    )


def _input(
    decision: Decision, facts: Mapping[str, Any], name: str, of: str, papers: str, close: str
) -> Derivation:
    text = INPUTS[name]
    value = facts.get(name)
    amount = 0 if value is None else parse_yuan(str(value))
    inputs = ((f"结算 {facts.get('setl_id', '')}", Link("结算单", papers)),)
    missing = "结算单上没有这一项，按 0.00 计。" if value is None else ""
    return _panel(decision, of, text, amount, close, inputs=inputs, missing=missing)


def _later(
    decision: Decision,
    result: Mapping[str, Any],
    facts: Mapping[str, Any],
    payer: str,
    of: str,
    papers: str,
    close: str,
) -> Derivation:
    given = [row for row in facts.get("later_payers") or () if row.get("payer") == payer]
    name = later_words(facts)[payer]
    stated = [
        (word, parse_yuan(str(row[part])))
        for row in given
        for part, word in _PART_WORDS.items()
        if row.get(part)
    ]
    spread: Mapping[str, Any] = next(
        (row for row in result.get("later_payers", ()) if row.get("payer") == payer), {}
    )
    words = {"in_catalogue": "摊到目录内", "other": "摊到其他可赔", "excluded": "摊到不予支付"}
    steps = [Step(word, display(fen)) for word, fen in stated]
    steps += [Step(word, display(parse_yuan(spread[key]))) for key, word in words.items() if key in spread]
    total = sum(fen for _, fen in stated)
    gist, source = _gist(decision, "XB-一")
    return _panel(
        decision,
        of,
        name if name.endswith("赔付") else f"{name}支付",
        total,
        close,
        steps=tuple(steps),
        inputs=((f"{name}的结果", Link("看原件", papers)),) if given else (),
        clause=gist,
        clause_source=source,
        missing="" if given else "材料里没有这一方的支付，按 0.00 计。",
    )


def _line(
    decision: Decision, facts: Mapping[str, Any], number: str, of: str, papers: str, close: str
) -> Derivation | None:
    lines = facts.get("feedetail") or ()
    if not number.isdecimal() or not 1 <= int(number) <= len(lines):
        return None
    line = lines[int(number) - 1]
    amount = parse_yuan(str(line["det_item_fee_sumamt"]))
    formula = f"{line['pric']} × {line['cnt']}" if line.get("pric") and line.get("cnt") else ""
    own = parse_yuan(str(line.get("fulamt_ownpay_amt") or "0.00"))
    steps = (Step("其中全自费", display(own)),)
    inputs = ((f"明细第 {number} 行", Link("费用明细清单", papers)),)
    name = str(line.get("medins_list_name") or "")
    return _panel(decision, of, name, amount, close, formula=formula, steps=steps, inputs=inputs)


def _clause(decision: Decision, clause: str, of: str, close: str) -> Derivation:
    gist, source = _gist(decision, clause)
    return _panel(decision, of, "依据的条款", 0, close, clause=gist, clause_source=source)


def _used(
    decision: Decision, result: Mapping[str, Any], of: str, number: str, close: str
) -> Derivation | None:
    limit = result.get("limit")
    if not limit:
        return None
    used = parse_yuan(str(limit["used_before"]))
    href = paths.case_href(number, "decision")
    inputs = ((f"{result.get('year', '')} 年已经同意给付的案件", Link("看已付", f"{href}#paid")),)
    return _panel(decision, of, "今年已用的限额", used, close, inputs=inputs)


def _rest(
    decision: Decision, result: Mapping[str, Any], facts: Mapping[str, Any], of: str, close: str
) -> Derivation:
    total = parse_yuan(str(facts["medfee_sumamt"]))
    taken: list[tuple[str, int]] = [
        (word, parse_yuan(str(facts.get(name) or "0.00"))) for name, word in list(INPUTS.items())[5:]
    ]
    for payer, word in later_words(facts).items():
        given = [row for row in facts.get("later_payers") or () if row.get("payer") == payer]
        taken.append(
            (word, sum(parse_yuan(str(row.get(part) or "0.00")) for row in given for part in _PART_WORDS))
        )
    taken.append(("本保险给付", parse_yuan(str(result.get("benefit") or "0.00"))))
    taken = [(word, fen) for word, fen in taken if fen]
    left = total - sum(fen for _, fen in taken)
    formula = " − ".join([display(total), *(display(fen) for _, fen in taken)])
    steps = (Step("医疗总费用", display(total)), *(Step(f"减 {word}", display(fen)) for word, fen in taken))
    return _panel(decision, of, "个人最后负担", left, close, formula=formula, steps=steps)
