"""The facts of each letter, fixed when it is ordered: stored figures and dates, no name and no number.

What is returned goes into the notice row as JSON (:mod:`insurer.notices.codec`); names, account digits
and the office are added when the letter is rendered.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from insurer.claims.calendar import pay_terms
from insurer.claims.rules import OTHER_PAPER, paper_list
from insurer.claims.tables import Claim, Decision, DecisionStep, Paper, PaperRequest, Settlement
from insurer.claims.tracks.tables import Review
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day, chinese_date
from insurer.kernel.errors import Conflict, NotFound
from insurer.kernel.money import display
from insurer.notices import letters
from insurer.notices.codec import to_json
from insurer.notices.figures import Figures, decision_figures
from insurer.notices.overpaid import RULES, cause_of_less
from insurer.notices.reasons import headline_reason
from insurer.people.tables import PayeeAccount
from insurer.platform.db import UnitSession
from insurer.schemes.pack_files import parameters
from insurer.schemes.packdata import UNSETTLED

DESK = "理赔组"
"""Stands for the clerk when a job, not a person, ordered the letter."""

CHANNELS = {"file": "主管部门转来", "api": "医保系统传来"}
"""How a case came in, in the words of the receipt; another code means the counter."""

FORMS = {"original": "原件", "copy": "复印件"}
"""How a paper was handed in, in the words of the receipt."""

TIES = {"proxy": "代办人", "guardian": "监护人", "heir": "继承人", "self": "本人"}
"""Who handed the papers in, as the settlement says."""

Facts = dict[str, Any]


def decision_facts(
    session: UnitSession, claim: Claim, decision: Decision, *, on: date, paid_fen: int = 0
) -> Facts:
    """Facts of a decision letter dated ``on``; the money goes out within the statutory ten days.

    ``paid_fen`` is what was paid on the case before this decision.
    """
    figures = decision_figures(claim.scheme, decision.document, decision.result)
    content = {
        "amount_fen": figures.pays_fen,
        "pay_by": pay_terms(calendar_in_force(session), on).legal_due_on,
        "visits": tuple(figures.visits),
        "total_fen": figures.total_fen,
        "payers": tuple(figures.payers),
        "borne_fen": figures.borne_fen,
        "shares": tuple(figures.shares),
        "limits": tuple(figures.limits),
        "remarks": tuple(figures.remarks),
        "provisional": tuple(figures.provisional),
        "refused": tuple(figures.refused),
        "refused_cover": figures.refused_cover,
        "paid_fen": paid_fen,
    }
    if paid_fen > figures.pays_fen:
        cause, basis = cause_of_less(claim, decision, figures.pays_fen)
        content |= {"cause": cause, "basis": basis, "rule": RULES[claim.scheme][1]}
    return {
        **facts_of_case(claim, on, proposer(session, decision) or claim.entered_by_name),
        **account_of_case(session, claim),
        "letter": stored(content),
    }


def refusal_facts(
    session: UnitSession, claim: Claim, decision: Decision, *, on: date, paid_fen: int = 0
) -> Facts:
    """Facts of a refusal dated ``on``: what was found, and each cost with reason and clause.

    ``paid_fen`` is what was paid on the case before, and is to be given back.
    """
    figures = decision_figures(claim.scheme, decision.document, decision.result)
    if figures.main_code is None:
        raise Conflict("这件案件没有不赔的理由，不能出拒赔通知书。请先核对决定")
    decided_on = business_day(claim.decided_at) if claim.decided_at else on
    content = {
        "gist": headline_reason(figures.main_code),
        "decided_on": min(decided_on, on),
        "applied_on": business_day(claim.received_at),
        "visits": tuple(figures.visits),
        "facts": tuple(_found(figures, decision.document)),
        "provisional": tuple(figures.provisional),
        "refused": tuple(figures.refused),
        "paid_fen": paid_fen,
    }
    return {
        **facts_of_case(claim, on, proposer(session, decision) or claim.entered_by_name),
        "letter": stored(content),
    }


def missing_papers_facts(session: UnitSession, claim: Claim, request: PaperRequest, *, on: date) -> Facts:
    """Facts of the one letter that names every missing paper, with why, substitute and issuer."""
    kinds = paper_list().kinds
    papers = tuple(
        letters.WantedPaper(
            what=(request.reason if code == OTHER_PAPER else "") or kinds[code].word,
            why=kinds[code].why or "核对案情要用",
            instead=kinds[code].substitute or "请打电话问我们",
            issuer=kinds[code].issuer or "请打电话问我们",
        )
        for code in request.items
    )
    content = {"received_on": business_day(claim.received_at), "papers": papers}
    return {**facts_of_case(claim, on, claim.entered_by_name), "letter": stored(content)}


def receipt_facts(session: UnitSession, claim: Claim, *, on: date) -> Facts:
    """Facts of a receipt: the papers as they arrived and the statutory day of the answer."""
    kinds = paper_list().kinds
    order = {kind: place for place, kind in enumerate(kinds)}
    rows = session.scalars(
        select(Paper).where(Paper.claim_id == claim.id).order_by(Paper.received_at, Paper.id)
    )
    papers = tuple(
        letters.Paper(
            name=kinds[paper.kind].word if paper.kind in kinds else "其他材料",
            pages=max(paper.pages, 1),
            form=FORMS.get(paper.form) or ("电子件" if paper.sha256 else "复印件"),
        )
        for paper in sorted(rows, key=lambda paper: order.get(paper.kind, len(order)))
    )
    if not papers:
        raise Conflict("这件案件还没有收到材料，不能出受理通知书。请先登记材料")
    content = {
        "received_at": claim.received_at,
        "channel": _channel(claim.channel),
        "tie": TIES.get(_applicant(session, claim), "本人或代办人"),
        "papers": papers,
        "decide_by": claim.legal_due_on,
        "next_step": "我们先看材料齐不齐，再逐项核对费用，最后由另一个人复核。",
    }
    return {**facts_of_case(claim, on, claim.entered_by_name), "letter": stored(content)}


def review_facts(session: UnitSession, claim: Claim, review: Review, *, on: date) -> Facts:
    """Facts of the answer to a review or complaint; the words of the request stay out of the letter."""
    if review.status != "decided" or review.decided_at is None:
        raise Conflict("这件复核还没有结论，不能出通知书。请先答复")
    content = {
        "matter": "投诉" if review.kind == "complaint" else "复核",
        "review_number": review.number,
        "filed_on": review.filed_on,
        "decided_on": business_day(review.decided_at),
        "changed": review.outcome == "changed",
        "reasons": review.reasons,
    }
    return {**facts_of_case(claim, on, review.decided_by_name), "letter": stored(content)}


def enrolment_facts(*, scheme: str, year: int, from_on: date, until_on: date, on: date) -> Facts:
    """Facts of an enrolment letter; the scheme's words are put in when it is rendered."""
    limit = parameters(scheme)["other_covered_annual_limit"].on(from_on.toordinal())
    content = {"year": year, "covered_from": from_on, "covered_until": until_on}
    return {
        "issued_on": on.isoformat(),
        "handler": DESK,
        "other_limit_fen": limit.value,
        "other_limit_provisional": limit.status in UNSETTLED,
        "letter": stored(content),
    }


def load_claim(session: UnitSession, claim_id: UUID) -> Claim:
    """Return a case; :class:`NotFound` when there is none."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound("没有这个案件")
    return claim


def load_decision(session: UnitSession, claim: Claim, decision_id: UUID) -> Decision:
    """Return a decision of this case; :class:`NotFound` when it belongs to another or to none."""
    decision = session.get(Decision, decision_id)
    if decision is None or decision.claim_id != claim.id:
        raise NotFound("这件案件没有这个决定")
    return decision


def load_request(session: UnitSession, claim: Claim, request_id: UUID) -> PaperRequest:
    """Return a request for papers of this case; :class:`NotFound` when there is none."""
    request = session.get(PaperRequest, request_id)
    if request is None or request.claim_id != claim.id:
        raise NotFound("这件案件没有这次补件要求")
    return request


def load_review(session: UnitSession, claim: Claim, review_id: UUID) -> Review:
    """Return a review of the case; :class:`NotFound` when it is of another one."""
    review = session.get(Review, review_id)
    if review is None or review.claim_id != claim.id:
        raise NotFound("这件案件没有这次复核")
    return review


def account_of_case(session: UnitSession, claim: Claim) -> Facts:
    """Return the account of a case, or of its person, as a letter's facts keep it."""
    account = claim.account_id or _account_id(session, claim.person_id)
    return {"account_id": str(account) if account else None}


def facts_of_case(claim: Claim, on: date, handler: str) -> Facts:
    """Return what the facts of every letter of a case begin with."""
    known = handler.strip() if handler and claim.entered_by_name != "系统" else ""
    return {"issued_on": on.isoformat(), "handler": known or DESK, "case_number": claim.case_no}


def _applicant(session: UnitSession, claim: Claim) -> str:
    """Return who applies: what the settlement says, at the counter else the person; empty when unknown."""
    said = session.scalar(
        select(Settlement.facts["applicant"].as_string())
        .where(Settlement.claim_id == claim.id, Settlement.superseded_at.is_(None))
        .limit(1)
    )
    return said or ("self" if claim.channel == "counter" else "")


def _channel(code: str) -> str:
    return CHANNELS.get(code) or ("窗口递交" if code.isascii() else code)


def stored(content: Mapping[str, Any]) -> Facts:
    """Return the content of a letter as its notice row keeps it."""
    return {name: to_json(value) for name, value in content.items()}


def proposer(session: UnitSession, decision: Decision) -> str:
    """Return the name of the clerk who put the decision forward."""
    statement = (
        select(DecisionStep.actor_name)
        .where(DecisionStep.decision_id == decision.id, DecisionStep.step == "proposed")
        .order_by(DecisionStep.at.desc())
        .limit(1)
    )
    return session.scalar(statement) or ""


def _account_id(session: UnitSession, person_id: UUID) -> UUID | None:
    statement = (
        select(PayeeAccount.id)
        .where(PayeeAccount.person_id == person_id, PayeeAccount.superseded_at.is_(None))
        .order_by(PayeeAccount.valid_from.desc())
        .limit(1)
    )
    return session.scalar(statement)


def _found(figures: Figures, document: Mapping[str, Any]) -> list[str]:
    """What was found, in sentences: the sums, and the cover when that is the reason."""
    taken = figures.total_fen - figures.borne_fen
    found = [
        f"这些费用一共 {display(figures.total_fen)} 元，前面各方付了 {display(taken)} 元，"
        f"剩下 {display(figures.borne_fen)} 元。"
    ]
    if figures.main_code == "not_insured":
        found += _cover_found(figures, document)
    elif figures.main_code == "duplicate":
        found.append("同一张票据在别的案件里已经办过。")
    return found


def _cover_found(figures: Figures, document: Mapping[str, Any]) -> list[str]:
    person = document.get("person") or {}
    if person.get("insutype") not in (None, "", "390"):
        return ["医保结算时参加的不是居民医保。"]
    year = str(figures.visits[0].ends.year)
    row = (person.get("roster") or {}).get(year) or {}
    if row.get("approved_on"):
        approved = chinese_date(date.fromisoformat(str(row["approved_on"])[:10]))
        return [f"名册写明，低保是 {approved}批下来的。", "保障开始以后看病的费用可以赔，请把票据交给我们。"]
    return [f"{year} 年的低保名册里没有找到记录。名册有误的，请找村、社区更正后告诉我们。"]
