"""Decisions of the desk on plain values: kinds of visit, papers, outcome, who may sign."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from insurer.kernel.money import display, parse_yuan

Visit = Literal["inpatient", "outpatient", "chronic", "pharmacy"]
Outcome = Literal["pay", "part", "refuse", "hold"]

VISIT_WORDS: dict[str, str] = {
    "inpatient": "住院",
    "outpatient": "门诊",
    "chronic": "慢特病门诊",
    "pharmacy": "药店",
}
CHANGED_IN_PAYMENT = "changed_in_payment"
"""The code of a case whose settlement changed while its payment was on the way to the bank."""
UNREADABLE = "unreadable"
"""The code of a case that has no amount: a figure that its calculation needs is missing."""

HOLD_WORDS: dict[str, str] = {
    UNREADABLE: "资料里有一项读不出来，算不出金额，请核对结算单",
    CHANGED_IN_PAYMENT: "付款途中结算有更正，银行有结果后重开",
    "amounts_mismatch": "费用几项相加与总额不符，请对照结算单",
    "lines_mismatch": "明细的全自费合计与结算单不符，请核对清单",
    "payers_exceed_cost": "各方付的比费用还多，请核对付款凭据",
    "third_party_unresolved": "第三方责任还没有结果，先等处理",
    "upstream_pending": "上游还没有结果，先等它",
    "other_fund": "有“其他基金”支出，先弄清是什么钱",
    "not_designated": "急诊在非定点医院，请主管看急诊证明",
    "unknown_kind": "医疗类别不认识，请核对",
    "not_insured": "费用早于方案开始的日子，请核对结算日期",
    "unlawful": "涉及违法费用，要主管凭文书决定",
}


def visit_kind(med_type: str) -> Visit:
    """Return the kind of visit by the national two-digit root of ``med_type``."""
    root = med_type[:2]
    if root == "41":
        return "pharmacy"
    if root == "14":
        return "chronic"
    return "inpatient" if root in ("21", "22", "23", "24", "52") else "outpatient"


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A kind of paper: its name, why it is asked for, what may replace it, who issues it."""

    code: str
    word: str
    why: str
    substitute: str
    issuer: str


@dataclass(frozen=True, slots=True)
class PaperCondition:
    """Papers that are needed where a fact of the settlement is one of the values, and the clause for it."""

    fact: str
    values: frozenset[str]
    visits: frozenset[str]
    papers: tuple[str, ...]
    clause: str


@dataclass(frozen=True, slots=True)
class DatedList:
    """Which papers are needed from a day on, with where that is written."""

    since: date
    source: str
    clause: str
    required: Mapping[str, Sequence[str]]
    conditions: tuple[PaperCondition, ...]


@dataclass(frozen=True, slots=True)
class PaperList:
    """Kinds of papers, what stands for what, and the dated lists, the newest first."""

    kinds: Mapping[str, PaperKind]
    replaces: Mapping[str, Sequence[str]]
    lists: tuple[DatedList, ...]

    @property
    def asked_for(self) -> Mapping[str, PaperKind]:
        """The kinds that are asked for by themselves; what only stands for another is taken, not asked."""
        instead = {code for codes in self.replaces.values() for code in codes}
        return {code: kind for code, kind in self.kinds.items() if code not in instead}

    def on(self, day: date) -> DatedList:
        """Return the list for settlements of a day; days before the first list use the first."""
        return next((one for one in self.lists if one.since <= day), self.lists[-1])


OTHER_PAPER: Final = "other"
"""The kind of papers that the list does not name; who asks for one says in words what it is."""


@cache
def paper_list() -> PaperList:
    """Return the lists of papers of the package data."""
    raw = tomllib.loads((files("insurer.claims") / "data" / "papers.toml").read_text("utf-8"))
    kinds = {
        code: PaperKind(code, row["word"], row["why"], row["substitute"], row["issuer"])
        for code, row in raw["kinds"].items()
    }
    dated = [
        DatedList(
            row["from"],
            row["source"],
            row["clause"],
            row["required"],
            tuple(
                PaperCondition(
                    one["fact"],
                    frozenset(one["values"]),
                    frozenset(one.get("visits", VISIT_WORDS)),
                    tuple(one["papers"]),
                    one["clause"],
                )
                for one in row["when"]
            ),
        )
        for row in raw["lists"]
    ]
    return PaperList(kinds, raw["replaces"], tuple(sorted(dated, key=lambda one: one.since, reverse=True)))


def required_papers(visit: str, facts: Mapping[str, Any]) -> list[str]:
    """Return the codes of the papers this case needs, in the order of the list, each once."""
    return [code for code, _ in needed_papers(visit, facts)]


def needed_papers(visit: str, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the papers this case needs, each with the clause it is asked for by."""
    valid = paper_list().on(date.fromisoformat(str(facts.get("setl_time") or "9999-12-31")[:10]))
    needed = dict.fromkeys(valid.required[visit], valid.clause)
    for one in valid.conditions:
        if visit in one.visits and one.values & _said(one.fact, facts.get(one.fact)):
            needed |= {code: one.clause for code in one.papers if code not in needed}
    return list(needed.items())


def _said(name: str, fact: Any) -> set[str]:
    """Return what a fact says, in the words of the list: yes, one word, or one for each later payer."""
    if name == "med_type":
        return {str(fact or "")[:2]}
    if isinstance(fact, bool):
        return {"yes" if fact else "no"}
    if isinstance(fact, list | tuple):
        return {str(payer.get("of") or payer.get("payer")) for payer in fact}
    return {str(fact)} if fact else set()


def missing_papers(visit: str, facts: Mapping[str, Any], received: Collection[str]) -> list[str]:
    """Return the required papers for which neither the paper nor its substitute has come."""
    replaces = paper_list().replaces
    have = set(received)
    return [code for code in required_papers(visit, facts) if not have & {code, *replaces.get(code, ())}]


def claimant_papers(capacity: str, received: Collection[str]) -> list[str]:
    """Return the papers of who acts for the insured for which neither they nor a substitute have come."""
    always = required_papers("inpatient", {})
    wanted = required_papers("inpatient", {"applicant": capacity})
    replaces, have = paper_list().replaces, set(received)
    return [code for code in wanted if code not in always and not have & {code, *replaces.get(code, ())}]


def outcome(result: Mapping[str, Any]) -> Outcome:
    """Return what a calculation amounts to: hold, refuse, pay in part (something excluded), or pay."""
    settlements = result["settlements"]
    if any(settlement["status"] == "held" for settlement in settlements):
        return "hold"
    if parse_yuan(result["total"]) <= 0:
        return "refuse"
    rejected = any(settlement["status"] == "rejected" for settlement in settlements)
    excluded = any(
        parse_yuan(settlement.get("excluded") or "0.00") > 0 or excluded_lines(settlement)
        for settlement in settlements
    )
    return "part" if rejected or excluded else "pay"


def is_cancelled(document: Mapping[str, Any]) -> bool:
    """Tell whether every settlement of the case document has been reversed: nothing is left to decide."""
    settlements = document["settlements"]
    cancelled = {one["reverses"] for one in settlements if one.get("reverses")}
    return all(one.get("reverses") or one["setl_id"] in cancelled for one in settlements)


def excluded_lines(settlement: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the lines of a calculated settlement that were excluded, each with code and clause."""
    return [line for line in settlement.get("lines", ()) if line.get("exclusion")]


def hold_codes(result: Mapping[str, Any]) -> list[str]:
    """Return the reason codes of the held settlements, in order and each once."""
    codes = [
        reason["code"]
        for settlement in result["settlements"]
        if settlement["status"] == "held"
        for reason in settlement["reasons"]
    ]
    return list(dict.fromkeys(codes))


def hint(outcome_: Outcome, holds: Sequence[str], review_lines: int, missing: Sequence[str]) -> str:
    """Return the next step in a few words for the work list."""
    if missing:
        words = "、".join(paper_list().kinds[code].word for code in missing)
        return f"还缺{words}"
    if holds:
        return HOLD_WORDS.get(holds[0], "请查清后再算")
    if review_lines:
        return f"核对 {review_lines} 行待核费用"
    if outcome_ == "refuse":
        return "按条款不予支付，核对理由"
    if outcome_ == "part":
        return "有不予支付的费用，核对后送复核"
    return "可直接审：两项核对相符，无待核费用"


def recovery_hint(paid_fen: int, due_fen: int) -> str:
    """Return what to do with money that was paid beyond what is due now; nothing when there is none."""
    if paid_fen <= due_fen:
        return ""
    return f"以前已付 {display(paid_fen)} 元，应收回 {display(paid_fen - due_fen)} 元"
