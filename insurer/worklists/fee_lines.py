"""Fee lines of a settlement in three groups, each excluded one with its reason and clause."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from insurer.claims.operations.findings import FINDINGS
from insurer.claims.tables import Decision, FeeLine
from insurer.exclusions.check import check_lines
from insurer.kernel.money import display, parse_yuan
from insurer.schemes.calculate import calculate
from insurer.worklists.views import paths
from insurer.worklists.views.calculation import Amount, FeeGroup, FeeRow, Judging
from insurer.worklists.views.elements import Choice, Link

MOST: Final = 150
"""So many covered lines are listed when the group is unfolded."""

WHAT_IF: Final = 6
"""For so many open lines the other outcome is calculated and shown."""

CHARGES: Final[dict[str, str]] = {
    "01": "床位费",
    "02": "诊察费",
    "03": "检查费",
    "04": "化验费",
    "05": "治疗费",
    "06": "手术费",
    "07": "护理费",
    "08": "材料费",
    "09": "西药费",
    "10": "中药饮片",
    "11": "中成药",
    "12": "一般诊疗费",
    "13": "挂号费",
    "14": "其他费",
}
LEVELS: Final[dict[str, str]] = {"01": "甲类", "02": "乙类", "03": "目录外"}

_GROUPS: Final = (("excluded", "不予支付"), ("review", "待核"), ("covered", "可赔"))


def verdict_of(line: FeeLine) -> str:
    """Return how a line stands: a person's finding goes before the automatic answer."""
    if line.finding is not None:
        return "covered" if line.finding == "covered" else "excluded"
    return line.decision if line.decision in ("excluded", "review") else "covered"


def spoken_clause(clause: str) -> str:
    """Write a clause mark as people read it: ``XB-二(二)4`` as 二（二）4."""
    return clause.partition("-")[2].replace("(", "（").replace(")", "）") or clause


def fee_groups(
    lines: Sequence[FeeLine],
    decision: Decision,
    result: Mapping[str, Any],
    number: str,
    *,
    setl: str,
    all_lines: bool,
    may_judge: bool,
) -> tuple[FeeGroup, ...]:
    """Return the three groups in their fixed order; empty ones are left out."""
    clauses = {
        row["feedetl_sn"]: row["exclusion"]["clause"]
        for row in result.get("lines", ())
        if row.get("exclusion")
    }
    base = paths.case_href(number, "calculation")
    groups = []
    for verdict, word in _GROUPS:
        found = [line for line in lines if verdict_of(line) == verdict]
        if not found:
            continue
        folded = verdict == "covered" and not all_lines
        shown = [] if folded else found[:MOST]
        outcomes = _outcomes(found[:WHAT_IF], decision) if verdict == "review" else {}
        rows = tuple(
            _row(
                line, verdict, clauses.get(line.serial) or line.clause or "", base, setl, may_judge, outcomes
            )
            for line in shown
        )
        query = {"setl": setl, "lines": "all"} if folded else {"setl": setl}
        groups.append(
            FeeGroup(
                verdict,  # type: ignore[arg-type]
                word,
                _lead(verdict, found, len(shown), folded),
                sum(line.amount_fen for line in found),
                rows,
                folded,
                paths.with_query(base, **query) + "#group-covered" if verdict == "covered" else "",
            )
        )
    return tuple(groups)


def _lead(verdict: str, lines: Sequence[FeeLine], shown: int, folded: bool) -> tuple[str, ...]:
    count = f"{len(lines)} 行"
    if verdict == "review":
        return (f"{count}，现按可赔计入",)
    if verdict == "excluded":
        return (count,)
    inside = sum(1 for line in lines if line.level in ("01", "02"))
    parts = [count, f"目录内 {inside} 行"]
    if not folded and shown < len(lines):
        parts.append(f"列出前 {shown} 行")
    return tuple(parts)


def _row(
    line: FeeLine,
    verdict: str,
    clause: str,
    base: str,
    setl: str,
    may_judge: bool,
    outcomes: Mapping[str, str],
) -> FeeRow:
    judged = line.finding is not None
    reason = line.because or ("目录内费用" if line.level in ("01", "02") else "没有不予支付的情形")
    if judged:
        reason = f"人工判定：{FINDINGS.get(str(line.finding), '')}。{line.finding_reason}"
    href = paths.with_query(base, setl=setl, line=line.line_no)
    word = "判定" if verdict == "review" else "改判"
    of = paths.with_query(base, setl=setl, of=f"clause.{clause}") + "#panel"
    return FeeRow(
        number=str(line.line_no),
        item=line.name,
        item_class=(CHARGES.get(line.charge_type, ""), LEVELS.get(line.level, "")),
        price=_price(line.price),
        count=line.count,
        reason=reason,
        clause=Link(spoken_clause(clause), of) if clause and verdict != "covered" else None,
        note=outcomes.get(line.serial, ""),
        amount=Amount(line.amount_fen, f"row.{line.line_no}"),
        actions=(Link(word, f"{href}#panel"),) if may_judge and verdict != "review" else (),
        judge_href=href if may_judge and verdict == "review" else "",
    )


def _price(text: str) -> int | None:
    try:
        return parse_yuan(text)
    except ValueError:
        return None


def _outcomes(lines: Sequence[FeeLine], decision: Decision) -> dict[str, str]:
    """Calculate for each open line what is paid when it is not covered; nothing is stored."""
    now = parse_yuan(decision.result["total"])
    found = {}
    for line in lines:
        document = deepcopy(decision.document)
        for settlement in document["settlements"]:
            for row in settlement.get("feedetail") or ():
                if row.get("feedetl_sn") == line.serial:
                    row["finding"] = line.code if line.code in FINDINGS else "special_service"
        result = calculate(document, check_lines)
        if "total" in result:
            other = parse_yuan(result["total"])
            found[line.serial] = f"若不赔，应付改为 {display(other)}（少 {display(now - other)}）"
    return found


def judging_of(lines: Sequence[FeeLine], number: str, case_number: str, version: int) -> Judging | None:
    """Return the panel in which a person judges one line."""
    line = next((row for row in lines if str(row.line_no) == number), None)
    if line is None:
        return None
    options = [(code, "可赔" if code == "covered" else f"不赔：{word}") for code, word in FINDINGS.items()]
    if line.finding is not None:
        options.append(("automatic", "撤回人工判定，回到自动判定"))
    return Judging(
        line=str(line.line_no),
        item=line.name,
        amount=line.amount_fen,
        because=line.because,
        clause=spoken_clause(line.clause) if line.clause else "",
        choices=tuple(Choice(code, text, code == line.finding) for code, text in options),
        reason=line.finding_reason,
        action=paths.case_href(case_number, "findings"),
        line_id=str(line.id),
        version=str(version),
        close_href=paths.case_href(case_number, "calculation") + f"#line-{line.line_no}",
    )
