"""Fee lines of a settlement in three groups, each excluded one with its reason and clause."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from copy import deepcopy
from typing import Any, Final
from uuid import UUID

from insurer.claims.bill_totals import CHARGES, charge_code
from insurer.claims.operations.findings import FINDINGS
from insurer.claims.tables import Decision, FeeLine
from insurer.exclusions.check import check_lines
from insurer.kernel.money import display, parse_yuan
from insurer.schemes.calculate import calculate
from insurer.schemes.recomputation import kept_verdicts
from insurer.worklists.views import paths
from insurer.worklists.views.calculation import (
    Amount,
    CategoryRow,
    FeeGroup,
    FeeRow,
    Judging,
    Reconciliation,
)
from insurer.worklists.views.elements import Choice, Link

MOST: Final = 150
"""So many covered lines are listed when the group is unfolded."""

WHAT_IF: Final = 6
"""For so many open lines the other outcome is calculated and shown."""

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
    may_report: bool = False,
    reported: Set[UUID] = frozenset(),
) -> tuple[FeeGroup, ...]:
    """Return the three groups in their fixed order; empty ones are left out.

    ``reported`` are the lines whose answer waits in the officers' queue.
    """
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
                line,
                verdict,
                clauses.get(line.serial) or line.clause or "",
                base,
                setl,
                may_judge,
                may_report,
                line.id in reported,
                outcomes.get(line.serial, ""),
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


_SOURCES: Final = {"iteminfo": "结算清单", "invoice": "票据"}


def reconcile(lines: Sequence[FeeLine], facts: Mapping[str, Any]) -> Reconciliation | None:
    """Hold the lines against the bill's own totals, by charge category; ``None`` without lines."""
    if not lines:
        return None
    sums: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        sums[charge_code(line.charge_type)].append(line.amount_fen)
    totals = facts.get("bill_totals") or {}
    billed = {code: parse_yuan(amount) for code, amount in totals.get("amounts", {}).items()}
    rows = tuple(
        CategoryRow(
            word=CHARGES.get(code, code or "没有写类别"),
            lines=len(sums.get(code, ())),
            amount=sum(sums.get(code, ())),
            billed=billed.get(code, 0) if billed else None,
        )
        for code in sorted(sums.keys() | billed.keys())
    )
    return Reconciliation(
        rows=rows,
        source=_SOURCES.get(totals.get("source", ""), ""),
        differing=sum(1 for row in rows if row.difference),
        amount=sum(row.amount for row in rows),
        billed=sum(billed.values()) if billed else None,
    )


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
    may_report: bool,
    reported: bool,
    outcome: str,
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
        price_said=line.price,
        count=line.count,
        reason=reason,
        clause=Link(spoken_clause(clause), of) if clause and verdict != "covered" else None,
        note=outcome,
        amount=Amount(line.amount_fen, f"row.{line.line_no}"),
        actions=(Link(word, f"{href}#panel"),) if may_judge and verdict != "review" else (),
        judge_href=href if may_judge else "",
        open_question=verdict == "review",
        line_id=str(line.id) if may_report else "",
        reported=reported,
    )


def _price(text: str) -> int | None:
    try:
        return parse_yuan(text)
    except ValueError:
        return None


def _outcomes(lines: Sequence[FeeLine], decision: Decision) -> dict[str, str]:
    """Calculate for each open line what is paid when it is not covered; nothing is stored.

    The other lines keep the answers that the decision keeps, whatever the lists say today.
    """
    now = parse_yuan(decision.result["total"])
    kept = decision.line_check
    found = {}
    for line in lines:
        document = deepcopy(decision.document)
        for settlement in document["settlements"]:
            for row in settlement.get("feedetail") or ():
                if row.get("feedetl_sn") == line.serial:
                    code = _SAME_CLAUSE.get(line.code or "", line.code or "")
                    row["finding"] = code if code in FINDINGS else "special_service"
        result = calculate(document, check_lines if kept is None else kept_verdicts(kept))
        if "total" in result:
            other = parse_yuan(result["total"])
            found[line.serial] = f"若不赔，应付改为 {display(other)}（少 {display(now - other)}）"
    return found


REASONS: Final[dict[tuple[str, bool], tuple[str, ...]]] = {
    ("nonpayable_herb", True): ("已看处方，同方还有其他可支付的饮片", "已核对品种，不在不支付名单"),
    ("nonpayable_herb", False): ("已看处方，只有这一味或全是名单内饮片", "已核对品种，在不支付名单"),
    ("unit_price_threshold", True): ("已核对目录，属甲、乙类", "按收费单位，单价不到 5,000 元"),
    ("unit_price_threshold", False): (
        "已核对目录，目录外，单价达到 5,000 元",
        "一次收费拆成多行，合计达到 5,000 元",
    ),
    ("new_expensive", True): ("已看报告，不是政策点名的项目",),
    ("new_expensive", False): ("已看报告，是政策点名的项目",),
    ("transplant_source", True): ("已看病历，自体来源，不是供者", "已看单据，是手术或检验，不是器官源"),
    ("transplant_source", False): ("已看单据，是供者或器官、组织来源的费用",),
    ("special_service", True): ("已看医嘱，治疗需要", "已核对床位标准，是普通病房"),
    ("special_service", False): ("已看单据，是自愿选择的特需服务",),
    ("unrelated", True): ("已看医嘱，属于疾病治疗",),
    ("unrelated", False): ("已看单据，与疾病诊疗无关",),
    ("non_pharmacopoeia_drug", True): ("已核对批准文号，是药品",),
    ("non_pharmacopoeia_drug", False): ("没有批准文号，不是药品",),
}
"""Usual reasons by what the check said and whether the line is covered."""

_OTHERWISE: Final[dict[bool, tuple[str, ...]]] = {
    True: ("已看单据，属于疾病治疗",),
    False: ("已看单据，属于不予支付的项目",),
}
_SAME_CLAUSE: Final[dict[str, str]] = {"unit_price_threshold": "new_expensive"}


def judging_of(
    lines: Sequence[FeeLine],
    number: str,
    case_number: str,
    version: int,
    *,
    asked: str = "",
    may_report: bool = False,
) -> Judging | None:
    """Return the panel in which a person judges one line.

    ``asked`` is what the reader is about to find: ``covered``, ``excluded`` (then what the check named is
    chosen), a code, or nothing.
    """
    line = next((row for row in lines if str(row.line_no) == number), None)
    if line is None:
        return None
    named = _SAME_CLAUSE.get(line.code or "", line.code or "")
    chosen = asked
    if asked == "excluded":
        chosen = named if named in FINDINGS else ""
    options = [(code, "可赔" if code == "covered" else f"不赔：{word}") for code, word in FINDINGS.items()]
    if line.finding is not None:
        options.append(("automatic", "撤回人工判定，回到自动判定"))
    reasons: tuple[str, ...] = ()
    if asked and asked != "automatic":
        covers = asked == "covered"
        reasons = REASONS.get((line.code or "", covers), _OTHERWISE[covers])
    return Judging(
        line=str(line.line_no),
        item=line.name,
        amount=line.amount_fen,
        because=line.because,
        clause=spoken_clause(line.clause) if line.clause else "",
        choices=tuple(Choice(code, text, code == (chosen or line.finding)) for code, text in options),
        suggestions=tuple(Choice(text, text, place == 0) for place, text in enumerate(reasons)),
        reason=line.finding_reason if not asked else "",
        may_report=may_report,
        action=paths.case_href(case_number, "findings"),
        line_id=str(line.id),
        version=str(version),
        close_href=paths.case_href(case_number, "calculation") + f"#line-{line.line_no}",
        keep=paths.case_href(case_number, f"words/finding-{line.line_no}"),
    )
