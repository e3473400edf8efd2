"""核算: the payers, the classes, the fee lines of one settlement, read from the newest calculation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from insurer.accounts.permissions import holds
from insurer.claims.lifecycle import CALCULABLE, EDITABLE, State
from insurer.claims.recomputing import decision_differences
from insurer.claims.rules import HOLD_WORDS
from insurer.claims.tables import Claim, Decision, FeeLine, Settlement
from insurer.claims.upstream import LATER_WORDS, later_words
from insurer.exclusions.queries import open_reports_of
from insurer.kernel.money import parse_yuan
from insurer.notices.reasons import CODES, everyday_reason
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.alerts import alerts_of
from insurer.worklists.case_bar import OpenCase, bar_of, find_case
from insurer.worklists.derivation import build_derivation
from insurer.worklists.fee_lines import fee_groups, judging_of, reconcile, spoken_clause
from insurer.worklists.views import paths
from insurer.worklists.views.calculation import Amount, CalculationPage, ClassRow, PayerRow, YearLimit
from insurer.worklists.views.elements import Link

_PAYERS: Final = (
    ("hifp_pay", "基本医疗保险"),
    ("hifmi_pay", "大病保险"),
    ("hifob_pay", "大额补充"),
    ("hifes_pay", "企业补充"),
    ("cvlserv_pay", "公务员补助"),
    ("hifdm_pay", "伤残人员保障"),
    ("maf_pay", "医疗救助"),
    ("hosp_part_amt", "医院负担"),
)
"""Payers on the settlement sheet, in the order of the policy."""

_ALWAYS: Final = frozenset({"hifp_pay", "hifmi_pay", "maf_pay"})
_PARTS: Final = ("unsplit", "in_catalogue", "outside_catalogue", "excluded")

_BENEFIT: Final = ("benefit_paid", "benefit")
_CLASSES: Final = (
    (
        "in_catalogue",
        "目录内（甲、乙类）",
        "100%",
        ("in_catalogue_above_deductible", "in_catalogue_covered", "in_catalogue_share"),
        ("in_catalogue_paid", "in_catalogue_after_ceiling", "in_catalogue_benefit"),
        "_left_in",
    ),
    (
        "other",
        "其他可赔",
        "50%",
        ("other_share", "other_cost"),
        (
            "other_paid",
            "other_after_ceiling",
            "other_within_limit",
            "other_on_cost_within_limit",
            "other_at_rate",
        ),
        "_left_other",
    ),
    ("excluded", "不予支付", "不赔", ("excluded_with_deductible", "excluded_share"), (), "_left_excluded"),
)
"""Key, word, rate, the rules whose amount it is before and after, and how rules of what is left end."""


@dataclass(frozen=True, slots=True)
class Calculated:
    """One settlement of a case beside what the newest calculation says of it."""

    facts: Mapping[str, Any]
    result: Mapping[str, Any]
    amounts: Mapping[str, str]

    def fen(self, name: str) -> int:
        """Return an amount of the settlement sheet; absent is zero."""
        return _fen(self.facts.get(name))

    def rate(self, names: Sequence[str], word: str) -> str:
        """Return the rate that the stored steps took, else what the class is called."""
        steps = (
            step for step in self.result.get("trace", ()) if step["op"] == "share" and step["rule"] in names
        )
        return next((str(list(step["inputs"].values())[1]) for step in steps), word)

    def of(self, names: Sequence[str], fen: int) -> Amount:
        """Return an amount with the first rule of the trace that gives it."""
        for name in names:
            if name in self.amounts and parse_yuan(self.amounts[name]) == fen:
                return Amount(fen, name)
        return Amount(fen)


def load_calculation(
    session: UnitSession,
    *,
    actor: Actor,
    number: str,
    today: date,
    of: str = "",
    line: str = "",
    lines: str = "",
    setl: str = "",
    finding: str = "",
) -> CalculationPage:
    """Return the page; ``of`` opens a derivation, ``line`` the judging of a line, ``lines=all`` unfolds.

    ``finding`` is what the reader is about to find on that line.
    """
    found = find_case(session, number)
    bar = bar_of(found, part="核算", actor=actor, today=today)
    decision = newest(session, found.claim)
    settlements = _settlements(session, found.claim)
    chosen = next(
        (one for one in settlements if one.setl_id == setl), settlements[0] if settlements else None
    )
    if decision is None or chosen is None:
        blocked = "还没有核算。受理并核对材料后，系统会自动核算。"
        return CalculationPage(bar, "", (), (), (0, 0, 0, 0), "后续赔付分摊", 0, 0, True, (), blocked=blocked)
    one = calculated(decision, chosen.setl_id)
    fee_lines = _fee_lines(session, chosen)
    blocked, blocked_link = _blocked(found, one, fee_lines, number)
    verdict = _verdict(one)
    state = State(found.claim.state)
    may_judge = state in EDITABLE and holds(actor, "claims.review")
    may_report = holds(actor, "lists.report")
    reported = open_reports_of(session, [row.id for row in fee_lines]) if may_report else set()
    before, later, after = _class_sums(one)
    agrees = not (of and decision_differences(session, scheme=found.claim.scheme, decision=decision))
    return CalculationPage(
        bar=bar,
        settlement=chosen.setl_id,
        payers=_payers(one, state, number),
        classes=_classes(one),
        class_total=(before, later, after, _fen(one.result.get("benefit"))),
        later_word=_later_word(one),
        lines_total=len(fee_lines),
        lines_sum=sum(row.amount_fen for row in fee_lines),
        lines_agree="lines_mismatch" not in found.claim.hold_codes,
        groups=fee_groups(
            fee_lines,
            decision,
            one.result,
            number,
            setl=setl,
            all_lines=lines == "all",
            may_judge=may_judge,
            may_report=may_report,
            reported=reported,
        ),
        categories=reconcile(fee_lines, chosen.facts),
        report_action=paths.case_href(number, "report") if may_report else "",
        limit=_limit(one),
        derivation=(
            build_derivation(decision, one.result, one.facts, of, number, setl, agrees=agrees) if of else None
        ),
        judging=(
            judging_of(fee_lines, line, number, found.claim.version, asked=finding, may_report=may_report)
            if line and may_judge
            else None
        ),
        blocked=blocked,
        blocked_link=blocked_link,
        verdict=verdict,
        alerts=alerts_of(one.result),
        settlements=_choice(settlements, chosen, number),
    )


def newest(session: UnitSession, claim: Claim) -> Decision | None:
    """Return the newest calculation of a case."""
    return session.scalar(
        select(Decision).where(Decision.claim_id == claim.id).order_by(Decision.seq.desc()).limit(1)
    )


def calculated(decision: Decision, setl_id: str) -> Calculated:
    """Return one settlement of a stored calculation; a settlement it does not know has an empty result."""
    facts: Mapping[str, Any] = next(
        (row for row in decision.document["settlements"] if row["setl_id"] == setl_id), {}
    )
    result: Mapping[str, Any] = next(
        (row for row in decision.result["settlements"] if row["setl_id"] == setl_id), {}
    )
    amounts = {step["rule"]: step["amount"] for step in result.get("trace", ()) if not step.get("row")}
    return Calculated(facts, result, amounts)


def _fen(value: Any) -> int:
    return 0 if value in (None, "") else parse_yuan(str(value))


def _settlements(session: UnitSession, claim: Claim) -> list[Settlement]:
    statement = select(Settlement).where(
        Settlement.claim_id == claim.id, Settlement.superseded_at.is_(None), Settlement.reverses.is_(None)
    )
    return list(session.scalars(statement.order_by(Settlement.settled_on, Settlement.id)))


def _fee_lines(session: UnitSession, settlement: Settlement) -> list[FeeLine]:
    statement = select(FeeLine).where(FeeLine.settlement_id == settlement.id)
    return list(session.scalars(statement.order_by(FeeLine.line_no)))


def _choice(
    settlements: Sequence[Settlement], chosen: Settlement, number: str
) -> tuple[tuple[str, str, bool], ...]:
    if len(settlements) < 2:
        return ()
    base = paths.case_href(number, "calculation")
    return tuple(
        (f"{row.settled_on:%m-%d} {row.setl_id}", paths.with_query(base, setl=row.setl_id), row is chosen)
        for row in settlements
    )


def _blocked(
    found: OpenCase, one: Calculated, lines: Sequence[FeeLine], number: str
) -> tuple[str, Link | None]:
    if State(found.claim.state) not in CALCULABLE:
        return "", None
    open_lines = [row.line_no for row in lines if row.finding is None and row.decision == "review"]
    if open_lines:
        words = "、".join(str(no) for no in open_lines[:5]) + ("等" if len(open_lines) > 5 else "")
        link = Link(f"去第 {open_lines[0]} 行", f"#line-{open_lines[0]}")
        return f"第 {words} 行待核。判定后金额才算数。", link
    if found.claim.hold_codes:
        code = str(found.claim.hold_codes[0])
        return HOLD_WORDS.get(code, "请查清后再算") + "。", Link(
            "看材料", paths.case_href(number, "documents")
        )
    return "", None


def _verdict(one: Calculated) -> str:
    """Return why nothing at all is paid for this settlement; empty when something may be."""
    if one.result.get("status") != "rejected":
        return ""
    reasons = [reason for reason in one.result.get("reasons", ()) if reason["code"] in CODES]
    if not reasons:
        return "按条款不予支付"
    return f"{everyday_reason(reasons[0]['code'])}（{spoken_clause(reasons[0]['clause'])}）"


def _payers(one: Calculated, state: State, number: str) -> tuple[PayerRow, ...]:
    total = one.fen("medfee_sumamt")
    papers = paths.case_href(number, "documents")
    bill = Link("结算单", papers)
    rows = [
        PayerRow("医疗总费用", "", "", "total", 0, 1000, Amount(total, "in.medfee_sumamt"), None, bill, True)
    ]
    left = total
    for name, word in _PAYERS:
        amount = one.fen(name)
        if name == "hifmi_pay" and one.facts.get(name) is None:
            amount = _fen(one.result.get("critical_illness"))
        if amount or name in _ALWAYS:
            left -= amount
            rows.append(_payer(word, amount, left, total, Amount(amount, f"in.{name}"), bill))
    pending = set(one.facts.get("upstream_pending") or ())
    for payer, word in later_words(one.facts).items():
        given = [row for row in one.facts.get("later_payers") or () if row.get("payer") == payer]
        amount = sum(_fen(row.get(part)) for row in given for part in _PARTS)
        left -= amount
        if payer in pending:
            state_word = Amount(None)
            rows.append(PayerRow(word, "待定", "bars", "pending", _place(left, total), 60, state_word, left))
        elif given or payer != "private":
            proof = Link("结果", papers) if given else None
            rows.append(_payer(word, amount, left, total, Amount(amount, f"later.{payer}"), proof))
    ours = _fen(one.result.get("benefit"))
    left -= ours
    provisional = state in CALCULABLE
    rows.append(
        PayerRow(
            "本保险给付",
            "暂算" if provisional else "",
            "half" if provisional else "",
            "ours" if ours else "tick",
            _place(left, total),
            _width(ours, total),
            one.of(_BENEFIT, ours),
            left,
            None,
            True,
        )
    )
    rows.append(
        PayerRow(
            "个人最后负担", "", "", "rest", 0, _width(left, total), Amount(left, "rest"), None, None, True
        )
    )
    return tuple(rows)


def _payer(word: str, amount: int, left: int, total: int, shown: Amount, proof: Link | None) -> PayerRow:
    state = "已付" if amount else "没有支付"
    bar: Any = "upstream" if amount else "tick"
    return PayerRow(word, state, "check", bar, _place(left, total), _width(amount, total), shown, left, proof)


def _place(left: int, total: int) -> int:
    return max(0, left * 1000 // total) if total > 0 else 0


def _width(amount: int, total: int) -> int:
    return max(1, amount * 1000 // total) if total > 0 and amount > 0 else 0


def _class_sums(one: Calculated) -> tuple[int, int, int]:
    shares = one.result.get("shares")
    if not shares:
        whole = _fen(one.result.get("base")) + _outside(one)
        return whole, 0, whole
    before = sum(_fen(value) for value in shares["before_later_payers"].values())
    after = sum(_fen(value) for value in shares["after_later_payers"].values())
    return before, before - after, after


def _later_word(one: Calculated) -> str:
    payers = {row.get("payer") for row in one.facts.get("later_payers") or ()}
    words = [word for payer, word in LATER_WORDS.items() if payer in payers and payer != "private"]
    return f"{words[0]}分摊" if len(words) == 1 and not one.fen("hosp_part_amt") else "后续赔付分摊"


def _classes(one: Calculated) -> tuple[ClassRow, ...]:
    shares = one.result.get("shares")
    if not shares:
        return _plain_classes(one)
    rows = []
    for key, word, rate, before_rules, benefit_rules, ending in _CLASSES:
        before = _fen(shares["before_later_payers"][key])
        after = _fen(shares["after_later_payers"][key])
        left_rules = [name for name in reversed(list(one.amounts)) if name.endswith(ending)]
        later = before - after
        later_rules = [f"{payer}_{key}" for payer in LATER_WORDS]
        benefit = _fen(one.result.get(key)) if benefit_rules else 0
        rows.append(
            ClassRow(
                word,
                one.of(before_rules, before),
                one.of(later_rules, later) if later else Amount(0),
                one.of([*left_rules, *before_rules], after),
                one.rate(benefit_rules, rate) if one.result.get("status") == "payable" else "—",
                one.of(benefit_rules, benefit),
            )
        )
    return tuple(rows)


def _plain_classes(one: Calculated) -> tuple[ClassRow, ...]:
    """A scheme without shares states one base and one rate; what is outside is not assisted."""
    if "base" not in one.result:
        return ()
    base, paid = _fen(one.result["base"]), _fen(one.result.get("benefit"))
    outside = _outside(one)
    rate = f"{one.result['rate']}%" if one.result.get("rate") else "—"
    inside = one.of(("base", "base_after_hospital", "base_before_hospital"), base)
    rows = [ClassRow("医保范围内", inside, Amount(0), inside, rate, one.of(_BENEFIT, paid))]
    if outside:
        amount = one.of(("outside_scope",), outside)
        rows.append(ClassRow("医保范围外", amount, Amount(0), amount, "不救助", Amount(0)))
    return tuple(rows)


def _outside(one: Calculated) -> int:
    return _fen(one.amounts.get("outside_scope"))


def _limit(one: Calculated) -> YearLimit | None:
    limit = one.result.get("limit")
    if not limit:
        return None
    annual, used = _fen(limit["annual"]), _fen(limit["used_before"])
    after = _fen(limit["used_after"])
    word = "其他费用年度限额" if one.result.get("shares") else "年度限额"
    now = one.of((*_CLASSES[1][4], *_BENEFIT), after - used)
    return YearLimit(annual, Amount(used, "used"), now, annual - after, word, _standing(one.result))


def _standing(result: Mapping[str, Any]) -> str:
    """Say in words when the limit's figure is not the bureau's: a placeholder must not pass for a fact."""
    limits = [step for step in result.get("trace", ()) if "limit" in str(step.get("rule"))]
    states = {step["parameter"]["status"] for step in limits if step.get("parameter")}
    return next((word for status, word in _STANDINGS.items() if status in states), "")


_STANDINGS = {"placeholder": "占位数，待中标方案", "assumed": "推定数，待确认"}
