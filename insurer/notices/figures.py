"""The figures of a decision letter, read from the stored calculation and from nothing else.

Input are the case document and the result exactly as the decision row keeps them; nothing is calculated
again. What the result does not state (what another payer's money left of an excluded line) follows from
the bill: cost less every payer is what the person bears, and its parts must add up to it. The letter's own
checks refuse it when they do not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from insurer.claims.upstream import later_words
from insurer.kernel.errors import Invalid, Problem
from insurer.kernel.money import parse_yuan
from insurer.notices.citations import cite
from insurer.notices.letters import Limit, Payer, Refused, Share, Visit
from insurer.notices.provisional import provisional_sentences
from insurer.notices.reasons import everyday_reason

_Map = Mapping[str, Any]

XINBEI = "changzhou-xinbei"

_SUPPLEMENTS = ("hifob_pay", "hifes_pay", "cvlserv_pay", "hifdm_pay")
_LATER = {"inclusive": "惠民保", "charity": "慈善救助"}
_MANNERS = {"21": "住院", "22": "住院", "23": "住院", "24": "住院", "52": "住院", "41": "买药"}


@dataclass(slots=True)
class Figures:
    """Everything about money in a decision or refusal letter; amounts are fen."""

    visits: list[Visit] = field(default_factory=list)
    total_fen: int = 0
    payers: list[Payer] = field(default_factory=list)
    borne_fen: int = 0
    pays_fen: int = 0
    shares: list[Share] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    provisional: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    refused_cover: str | None = None
    main_code: str | None = None


@dataclass(frozen=True, slots=True)
class _Bill:
    """One settlement with its calculation."""

    facts: _Map
    result: _Map
    payers: dict[str, int]
    total: int
    borne: int
    pays: int

    @property
    def rejected(self) -> bool:
        return bool(self.result["status"] == "rejected")

    def left(self, part: str) -> int:
        """What the person bears of one part after every other payer, as the calculation states it."""
        return _fen(self.result["shares"]["after_later_payers"], part)


def decision_figures(scheme: str, document: _Map, result: _Map) -> Figures:
    """Read the figures of one stored decision; :class:`Invalid` when document and result do not match."""
    bills = _bills(scheme, document, result)
    figures = Figures()
    labels: dict[str, int] = {}
    for bill in bills:
        for name, fen in bill.payers.items():
            labels[name] = labels.get(name, 0) + fen
        figures.visits.append(_visit(bill))
        figures.total_fen += bill.total
        figures.borne_fen += bill.borne
        figures.pays_fen += bill.pays
    figures.payers = [Payer(label=name, amount_fen=fen) for name, fen in labels.items()]
    if scheme == XINBEI:
        _xinbei_shares(figures, bills)
    else:
        _nantong_shares(figures, bills)
    for bill in bills:
        figures.refused += _refused(scheme, bill, figures)
    figures.provisional = provisional_sentences(bill.result for bill in bills)
    _explain_rest(scheme, figures, bills)
    if figures.refused and not any(share.refused for share in figures.shares):
        # Other payers took over all of the excluded cost: the line still shows, with nothing left of it.
        figures.shares.append(_not_paid(scheme, 0))
    return figures


def _bills(scheme: str, document: _Map, result: _Map) -> list[_Bill]:
    results = {one["setl_id"]: one for one in result["settlements"]}
    cancelled = {one["reverses"] for one in document["settlements"] if one.get("reverses")}
    bills = []
    for facts in document["settlements"]:
        # A reversal and what it reverses cancel each other: the reader never had that bill.
        if facts.get("reverses") or facts["setl_id"] in cancelled:
            continue
        calculated = results.get(facts["setl_id"])
        if calculated is None or calculated["status"] == "held":
            raise Invalid(
                "决定里有结算没有算完，通知书不能写。请先算清再出通知",
                (Problem("settlements", "这一次结算没有结果", facts["setl_id"]),),
            )
        payers = _payers(scheme, facts, calculated)
        total = _fen(facts, "medfee_sumamt")
        borne = total - sum(payers.values())
        bills.append(_Bill(facts, calculated, payers, total, borne, parse_yuan(calculated["benefit"])))
    if not bills:
        raise Invalid("这件案件的结算都已冲销，没有可以写的金额")
    return bills


def _payers(scheme: str, facts: _Map, result: _Map) -> dict[str, int]:
    """Who paid before this scheme, in the order of the policy, in the words of the letter."""
    critical = facts.get("hifmi_pay")
    if critical is None:
        critical = result.get("critical_illness") or "0.00"
    payers = {"基本医保付了": _fen(facts, "hifp_pay"), "大病保险付了": parse_yuan(str(critical))}
    supplements = sum(_fen(facts, name) for name in _SUPPLEMENTS)
    if supplements:
        payers["其他补充保险付了"] = supplements
    if scheme == XINBEI:
        payers["医疗救助付了"] = _fen(facts, "maf_pay")
        payers["惠民保付了"] = _later(facts, "inclusive")
        payers["慈善救助付了"] = _later(facts, "charity")
    payers["医院承担"] = _fen(facts, "hosp_part_amt")
    return payers


def _later(facts: _Map, payer: str) -> int:
    return sum(
        _fen(one, part)
        for one in facts.get("later_payers") or ()
        if one["payer"] == payer
        for part in ("unsplit", "in_catalogue", "outside_catalogue", "excluded")
    )


def _fen(facts: _Map, name: str) -> int:
    value = facts.get(name)
    return 0 if value is None else parse_yuan(str(value))


def _visit(bill: _Bill) -> Visit:
    facts = bill.facts
    settled = str(facts["setl_time"])[:10]
    begins = str(facts.get("begndate") or settled)[:10]
    ends = str(facts.get("enddate") or begins)[:10]
    invoice = facts.get("invoice") or {}
    number = "-".join(str(invoice[part]) for part in ("bill_code", "bill_no") if invoice.get(part))
    return Visit(
        manner=_MANNERS.get(str(facts["med_type"])[:2], "看门诊"),
        hospital=str((facts.get("fixmedins") or {}).get("name") or "医院"),
        begins=date.fromisoformat(begins),
        ends=date.fromisoformat(ends),
        settlement=str(facts["setl_id"]),
        invoices=(number or "没有单列",),
        total_fen=bill.total,
        borne_fen=bill.borne,
        pays_fen=bill.pays,
    )


def _xinbei_shares(figures: Figures, bills: Sequence[_Bill]) -> None:
    """In the catalogue 100 %, other covered 50 % within the yearly limit, the rest not (XB-三)."""
    payable = [bill for bill in bills if not bill.rejected]
    inside = sum(bill.left("in_catalogue") for bill in payable)
    other = sum(bill.left("other") for bill in payable)
    paid_inside = sum(_fen(bill.result, "in_catalogue") for bill in payable)
    paid_other = sum(_fen(bill.result, "other") for bill in payable)
    refused = sum(bill.left("excluded") for bill in payable) + sum(
        bill.borne for bill in bills if bill.rejected
    )
    figures.shares.append(
        Share(label="医保目录内的费用（甲类、乙类）", amount_fen=inside, how="全部", pays_fen=paid_inside)
    )
    figures.shares.append(
        Share(label="保障范围内的其他费用", amount_fen=other, how="一半", pays_fen=paid_other)
    )
    if refused:
        figures.shares.append(_not_paid(XINBEI, refused))
    if other:
        _xinbei_limit(figures, payable)


def _not_paid(scheme: str, fen: int) -> Share:
    label, how = ("不能赔的费用", "不赔") if scheme == XINBEI else ("不能救助的费用", "不救助")
    return Share(label=label, amount_fen=fen, how=how, pays_fen=0, refused=True)


def _xinbei_limit(figures: Figures, bills: Sequence[_Bill]) -> None:
    """The year's limit as the last settlement left it; say so when it, not the rate, set the amount."""
    last: dict[int, _Map] = {int(bill.result["year"]): bill.result["limit"] for bill in bills}
    for year, limit in last.items():
        covers = "其他费用" if len(last) == 1 else f"{year} 年其他费用"
        annual, used = _fen(limit, "annual"), _fen(limit, "used_after")
        unsettled = any(
            figure["name"] == "other_covered_annual_limit"
            for bill in bills
            for figure in bill.result.get("provisional", ())
        )
        limit_shown = Limit(covers=covers, annual_fen=annual, used_fen=used, provisional=unsettled)
        figures.limits.append(limit_shown)
        if used >= annual:
            figures.remarks.append("“其他费用”付到今年的限额为止，目录内的费用不受限额影响。")
    if any(_cut(bill) for bill in bills):
        who = "、".join(dict.fromkeys(later_words(bill.facts)["private"] for bill in bills if _cut(bill)))
        paid = who if who.endswith("赔付") else f"{who}赔付"
        figures.remarks.append(f"已经有{paid}，各方合起来不能超过花的钱，所以付到这个数为止。")


def _cut(bill: _Bill) -> bool:
    """Tell whether a private policy lowered the payment (the calculation's own step says so)."""
    return any(step["rule"] == "cut" and _fen(step, "amount") > 0 for step in bill.result.get("trace", ()))


def _nantong_shares(figures: Figures, bills: Sequence[_Bill]) -> None:
    """In-policy cost at the category's rate, what is outside not (NT-(五), NT-(六))."""
    by_rate: dict[str, list[int]] = {}
    for bill in bills:
        if not bill.rejected:
            sums = by_rate.setdefault(str(bill.result.get("rate") or "0"), [0, 0])
            sums[0] += _fen(bill.result, "base")
            sums[1] += bill.pays
    for rate, (base, paid) in by_rate.items():
        how = "全部" if rate == "100" else f"{rate}%"
        figures.shares.append(Share(label="医保范围内的费用", amount_fen=base, how=how, pays_fen=paid))
    rest = figures.borne_fen - sum(share.amount_fen for share in figures.shares)
    if rest:
        figures.shares.append(_not_paid("nantong", rest))


def _refused(scheme: str, bill: _Bill, figures: Figures) -> list[Refused]:
    """Lines that are not paid; a rejected settlement is one line of its own with its reason."""
    lines = {str(line["feedetl_sn"]): line for line in bill.facts.get("feedetail") or ()}
    found = []
    for answer in bill.result.get("lines") or ():
        exclusion = answer.get("exclusion")
        if not exclusion or (bill.rejected and not _only_lines(bill)):
            continue
        line = lines[str(answer["feedetl_sn"])]
        figures.main_code = figures.main_code or exclusion["code"]
        price = line.get("pric")
        found.append(
            Refused(
                what=str(line["medins_list_name"]),
                amount_fen=_fen(line, "det_item_fee_sumamt"),
                reason=everyday_reason(
                    exclusion["code"], unit_price_fen=None if price is None else _unit_price(str(price))
                ),
                basis=cite(exclusion["clause"]),
            )
        )
    if bill.rejected and not found:
        reason = bill.result["reasons"][0]
        figures.main_code = figures.main_code or reason["code"]
        visit = _visit(bill)
        found.append(
            Refused(
                what=f"{visit.period}{visit.manner.removeprefix('看')}费用",
                amount_fen=bill.borne,
                reason=everyday_reason(reason["code"]),
                basis=cite(reason["clause"]),
            )
        )
    return found


def _only_lines(bill: _Bill) -> bool:
    """Tell whether a settlement was rejected because of its lines alone."""
    codes = {line["exclusion"]["code"] for line in bill.result.get("lines") or () if line.get("exclusion")}
    return bool(codes) and all(reason["code"] in codes for reason in bill.result["reasons"])


def _unit_price(text: str) -> int | None:
    """A price in whole fen; finer prices (per gram) are left out of the sentence."""
    try:
        return parse_yuan(text)
    except ValueError:
        return None


def _explain_rest(scheme: str, figures: Figures, bills: Sequence[_Bill]) -> None:
    """Give a reason to what no line explains, and say who paid for excluded lines."""
    rest = sum(share.amount_fen for share in figures.shares if share.refused)
    gross = sum(line.amount_fen for line in figures.refused)
    if rest > gross:
        code, clause = ("outside_scope", "XB-三") if scheme == XINBEI else ("outside_scope", "NT-(五)")
        figures.main_code = figures.main_code or code
        figures.refused.append(
            Refused(
                what="保障范围外的自付部分" if scheme == XINBEI else "医保范围外的费用",
                amount_fen=rest - gross,
                reason=everyday_reason(code),
                basis=cite(clause),
            )
        )
    taken = [
        (_LATER[one["payer"]], _fen(one, "excluded"))
        for bill in bills
        for one in bill.result.get("later_payers") or ()
        if _fen(one, "excluded")
    ]
    # Name the payer only when it alone explains the difference; otherwise basic insurance shared in it.
    if taken and gross - rest == sum(fen for _, fen in taken):
        figures.refused_cover = "、".join(dict.fromkeys(name for name, _ in taken))
    if figures.pays_fen == 0 and not figures.refused:
        _nothing_to_pay(scheme, figures)


def _nothing_to_pay(scheme: str, figures: Figures) -> None:
    """A benefit of zero without any exclusion: everything was paid by others, or the limit is used up."""
    code = "nothing_left" if figures.borne_fen == 0 else "limit_used_up"
    clause = {"nothing_left": ("XB-一", "NT-(三)"), "limit_used_up": ("XB-三", "NT-(六)")}[code]
    figures.main_code = code
    figures.refused.append(
        Refused(
            what="这次的费用",
            amount_fen=figures.borne_fen,
            reason=everyday_reason(code),
            basis=cite(clause[0] if scheme == XINBEI else clause[1]),
        )
    )
