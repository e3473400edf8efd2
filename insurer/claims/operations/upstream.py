"""Noting how an earlier payer stands, asking it, and what follows for the case."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from insurer.accounts.permissions import require
from insurer.claims.lifecycle import CALCULABLE, WORDS, State
from insurer.claims.operations.following import follow_change
from insurer.claims.operations.makers import note_maker
from insurer.claims.operations.moves import lock_claim
from insurer.claims.tables import Claim, Paper, Settlement
from insurer.claims.tracks.facts import NOTHING, beside
from insurer.claims.tracks.tables import UpstreamInquiry, UpstreamPayer
from insurer.claims.upstream import (
    FUND_FIELDS,
    PAYER_WORDS,
    STATUS_WORDS,
    UPSTREAM,
    standings,
    stated_fen,
)
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.kernel.money import display, to_yuan
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

WAYS: Final[dict[str, str]] = {"letter": "发函", "phone": "电话", "visit": "上门", "system": "系统查询"}
REMIND_WORKING_DAYS: Final = 10
"""After so many working days without a result a payer is asked again."""


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """How a payer stands, as somebody typed it: amount in fen where it paid, number or kind of the proof."""

    payer: str
    status: str
    paid_fen: int | None = None
    proof: str = ""
    paper_id: UUID | None = None


def note_upstream(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    answer: UpstreamAnswer,
    now: datetime,
    version: int | None = None,
) -> Claim:
    """Note how an earlier payer stands, with its proof, and calculate the case again.

    A payer without a result holds the case. A result that changes a decided case reopens it: the old decision
    stays, and the difference is paid or recovered after the new one. :class:`Invalid` without a proof, for an
    amount that cannot be, or for a fund whose payment the settlement states.
    """
    require(actor, "claims.review")
    claim = lock_claim(session, claim_id, version=version)
    facts = _facts(session, claim)
    notes = beside(session, [claim.id]).get(claim.id, NOTHING).payers
    _check(session, claim, facts, answer)
    before = {one.payer: one for one in standings(claim.scheme, facts, notes)}[answer.payer]
    row: dict[str, Any] = {
        "claim_id": claim.id,
        "payer": answer.payer,
        "status": answer.status,
        "paid_fen": answer.paid_fen if answer.status == "paid" else None,
        "proof": answer.proof.strip(),
        "paper_id": answer.paper_id,
        "noted_by": actor.person,
        "noted_by_name": actor.name,
        "noted_at": now,
    }
    kept = insert(UpstreamPayer).values(row)
    changes = {key: value for key, value in row.items() if key not in ("claim_id", "payer")}
    session.execute(kept.on_conflict_do_update(index_elements=["claim_id", "payer"], set_=changes))
    if answer.status != "pending":
        _answer_inquiries(session, claim.id, answer.payer, business_day(now))
    note_maker(session, [claim.id], actor, "upstream", now)
    data = {
        "payer": answer.payer,
        "before": before.status,
        "after": answer.status,
        "before_amount": to_yuan(before.paid_fen),
        "amount": to_yuan(answer.paid_fen or 0) if answer.status == "paid" else "",
        "proof": answer.proof.strip(),
    }
    subject = ("claim", claim.id)
    note(session, actor, "claim:upstream:noted", subject, now=now, claim_id=claim.id, data=data)
    after_fen = answer.paid_fen if answer.paid_fen is not None else before.paid_fen
    changed = (before.status == "pending") != (answer.status == "pending") or before.paid_fen != (
        after_fen if answer.status == "paid" else 0
    )
    reason = f"{PAYER_WORDS[answer.payer]}{STATUS_WORDS[answer.status]}，与原来不同"
    follow_change(session, claim, actor, now, reason, changed=changed)
    return claim


def ask_upstream(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    payer: str,
    way: str,
    document: str,
    asked_on: date,
    now: datetime,
    remind_on: date | None = None,
    version: int | None = None,
) -> UUID:
    """Note that a payer was asked; it counts as without a result until it answers, and holds the case.

    Without ``remind_on`` the reminder comes after ten working days. :class:`Conflict` for a decided case.
    """
    require(actor, "claims.review")
    claim = lock_claim(session, claim_id, version=version)
    if State(claim.state) not in CALCULABLE:
        raise Conflict(f"案件现在是“{WORDS[State(claim.state)].word}”，不用再问上游。有结果时登记结果")
    today = business_day(now)
    problems = []
    if payer not in UPSTREAM[claim.scheme]:
        problems.append(Problem("payer", "请选问的是哪一方"))
    if way not in WAYS:
        problems.append(Problem("way", f"请选怎么问的：{'、'.join(WAYS.values())}"))
    if asked_on > today:
        problems.append(Problem("asked_on", "询问的日期不能晚于今天"))
    if remind_on is not None and remind_on < today:
        problems.append(Problem("remind_on", "提醒的日期已经过了，请写今天以后的"))
    if problems:
        raise Invalid("询问有几处要改", tuple(problems))
    due = remind_on or calendar_in_force(session).add_working_days(asked_on, REMIND_WORKING_DAYS)
    inquiry = UpstreamInquiry(id=new_id(), claim_id=claim.id, payer=payer, way=way, document=document.strip())
    inquiry.asked_on, inquiry.remind_on = asked_on, due
    inquiry.asked_by, inquiry.asked_by_name = actor.person, actor.name
    session.add(inquiry)
    data = {"payer": payer, "way": way, "asked_on": asked_on.isoformat(), "remind_on": due.isoformat()}
    subject = ("claim", claim.id)
    note(session, actor, "claim:upstream:asked", subject, now=now, claim_id=claim.id, data=data)
    notes = beside(session, [claim.id]).get(claim.id, NOTHING).payers
    standing = {one.payer: one for one in standings(claim.scheme, _facts(session, claim), notes)}[payer]
    if standing.status != "pending":
        pending = UpstreamAnswer(payer, "pending", proof=document)
        note_upstream(session, actor=actor, claim_id=claim.id, answer=pending, now=now)
    claim.hint = f"{PAYER_WORDS[payer]}还没有结果，{asked_on.month}月{asked_on.day}日已{WAYS[way]}询问"
    return inquiry.id


def _facts(session: UnitSession, claim: Claim) -> dict[str, Any]:
    statement = (
        select(Settlement.facts)
        .where(
            Settlement.claim_id == claim.id,
            Settlement.superseded_at.is_(None),
            Settlement.reverses.is_(None),
        )
        .order_by(Settlement.settled_on, Settlement.id)
        .limit(1)
    )
    found = session.scalar(statement)
    if found is None:
        raise NotFound("这件没有结算记录")
    return dict(found)


def _check(session: UnitSession, claim: Claim, facts: dict[str, Any], answer: UpstreamAnswer) -> None:
    problems = []
    if answer.payer not in UPSTREAM[claim.scheme]:
        raise Invalid("请选付款方", (Problem("payer", "这个方案前面没有这一方，请从列表里选"),))
    if answer.status not in STATUS_WORDS:
        raise Invalid("请选情况", (Problem("status", f"请选：{'、'.join(STATUS_WORDS.values())}"),))
    word = PAYER_WORDS[answer.payer]
    if answer.status != "pending" and not answer.proof.strip() and answer.paper_id is None:
        problems.append(Problem("proof", f"没有写凭据，请写{word}的决定书、结算单或说明的编号"))
    if answer.status == "paid" and answer.payer not in FUND_FIELDS and answer.paid_fen is None:
        problems.append(Problem("amount", f"没有写{word}付了多少，请照决定书填"))
    if answer.paid_fen is not None and not 0 < answer.paid_fen <= claim.total_fen:
        words = f"金额要在 0.01 元到总费用 {display(claim.total_fen)} 元之间，请对照凭据"
        problems.append(Problem("amount", words))
    stated = stated_fen(facts, answer.payer)
    if answer.status in ("none", "not_applicable") and answer.payer in FUND_FIELDS and stated:
        words = f"结算单写明{word}付了 {display(stated)} 元，不能登记为没有。结算单有错，请医保更正后重新导入"
        problems.append(Problem("status", words))
    if answer.paper_id is not None:
        paper = session.get(Paper, answer.paper_id)
        if paper is None or paper.claim_id != claim.id:
            problems.append(Problem("paper_id", "这件案件里没有这份材料，请重新选"))
    if problems:
        raise Invalid("上游结果有几处要改", tuple(problems))


def _answer_inquiries(session: UnitSession, claim_id: UUID, payer: str, today: date) -> None:
    session.flush()
    session.execute(
        update(UpstreamInquiry)
        .where(
            UpstreamInquiry.claim_id == claim_id,
            UpstreamInquiry.payer == payer,
            UpstreamInquiry.answered_on.is_(None),
        )
        .values(answered_on=today)
    )
