"""Requests to look at a decision again (复核) and complaints: cases of their own, for somebody else."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.claims.authority import authority_on
from insurer.claims.lifecycle import GRANTING, REFUSING, WORDS, State
from insurer.claims.operations.deciding import newest_decision
from insurer.claims.operations.following import follow_change
from insurer.claims.operations.intake import CASE_PREFIX
from insurer.claims.operations.moves import lock_claim
from insurer.claims.tables import Claim, Decision, DecisionStep
from insurer.claims.tracks.tables import Review
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.jobs import ISSUE_NOTICE
from insurer.platform.numbers import take_numbers
from insurer.platform.outbox import Work, note_work

KINDS: Final[dict[str, str]] = {"review": "复核", "complaint": "投诉"}
CHANNELS: Final[dict[str, str]] = {
    "counter": "窗口",
    "phone": "电话",
    "letter": "来信",
    "12378": "12378 转办",
    "bureau": "主管部门转来",
}
RELATIONS: Final[dict[str, str]] = {
    "self": "本人",
    "family": "家属",
    "proxy": "代办人",
    "heir": "继承人",
    "cadre": "村（社区）干部",
}
OUTCOMES: Final[dict[str, str]] = {"kept": "维持原决定", "changed": "原决定有错，重新办理"}
STATUS_WORDS: Final[dict[str, str]] = {"open": "办理中", "decided": "已答复", "withdrawn": "已撤回"}
LONGEST: Final = 4_000


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """What somebody asks: in which way it came, who asks, and in what words."""

    kind: str
    channel: str
    relation: str
    statement: str
    filed_on: date


def file_review(
    session: UnitSession, *, actor: Actor, claim_id: UUID, request: ReviewRequest, now: datetime
) -> Review:
    """Take in a request for review or a complaint against the case's newest decision.

    Who decided, agreed or proposed then is remembered: none of them decides this one. The answer is due in
    15 days. :class:`Conflict` while one of the kind is open or nothing was decided yet.
    """
    require(actor, "reviews.register")
    claim = lock_claim(session, claim_id)
    today = business_day(now)
    _check(request, today)
    if State(claim.state) not in (*GRANTING, *REFUSING):
        word = WORDS[State(claim.state)].word
        raise Conflict(f"案件现在是“{word}”，还没有决定可以复核。有意见请写在案件里，由经办人接着办")
    already = select(Review.number).where(
        Review.claim_id == claim.id, Review.kind == request.kind, Review.status == "open"
    )
    number = session.scalar(already)
    if number is not None:
        raise Conflict(f"这件已经有 {number} 在办，先答复它")
    decision = newest_decision(session, claim.id)
    taken = take_numbers(session, f"{claim.scheme}/review/{today.year}")[0]
    review = Review(id=new_id(), scheme=claim.scheme, claim_id=claim.id, decision_id=decision.id)
    review.number = f"{CASE_PREFIX[claim.scheme]}-R{today.year}-{taken:04d}"
    review.kind, review.channel, review.relation = request.kind, request.channel, request.relation
    sealed = session.keyring.seal(request.statement.strip(), f"review:statement:{review.id}")
    review.statement_cipher = sealed
    review.first_deciders = _signers(session, claim)
    review.filed_on = request.filed_on
    days = authority_on(today).review_days
    review.due_on = calendar_in_force(session).add_days(request.filed_on, days)
    review.filed_by, review.filed_by_name, review.filed_at = actor.person, actor.name, now
    review.status = "open"
    session.add(review)
    data = {"number": review.number, "kind": review.kind, "due_on": review.due_on.isoformat()}
    _note(session, actor, review, "claim:review:filed", now, data=data)
    return review


def decide_review(
    session: UnitSession, *, actor: Actor, review_id: UUID, outcome: str, reasons: str, now: datetime
) -> Review:
    """Answer a review: keep the decision, or find it wrong and put the case back to work.

    The answer is a letter. What was found wrong is decided anew, again by somebody who did not decide before.
    :class:`NotAllowed` for who signed the decision or took the request in, :class:`Invalid` without reasons,
    :class:`Conflict` while the case's payment is on its way.
    """
    require(actor, "reviews.decide")
    if outcome not in OUTCOMES:
        raise Invalid("请选结论", (Problem("outcome", "没有选结论，请选维持或重新办理"),))
    if not reasons.strip():
        words = "没有写理由，请写查了什么、依据哪一条，这些话会写进答复信"
        raise Invalid("答复要写明理由", (Problem("reasons", words),))
    review = _find(session, review_id)
    claim = lock_claim(session, review.claim_id)  # the case first, as whoever files a review does
    review = _lock(session, review_id)
    if review.status != "open":
        raise Conflict(f"{review.number} {STATUS_WORDS[review.status]}，不用再办")
    if actor.staff_id is None:
        raise NotAllowed("答复要由一位复核人员来做")
    if actor.person in review.first_deciders:
        raise NotAllowed("这个决定是您经手的，要由别人复核")
    if actor.person == review.filed_by:
        raise NotAllowed("这件是您登记的，要由别人答复")
    if outcome == "changed" and claim.state == State.IN_PAYMENT:
        raise Conflict("付款正在路上，等银行有结果再改决定。请过几天再答复，或先电话说明")
    review.outcome, review.reasons = outcome, reasons.strip()[:LONGEST]
    review.decided_by, review.decided_by_name, review.decided_at = actor.person, actor.name, now
    review.status = "decided"
    data = {"number": review.number, "kind": review.kind, "outcome": outcome}
    _note(session, actor, review, "claim:review:decided", now, data=data, reason=review.reasons)
    if outcome == "changed":
        session.flush()  # the makers of the reopened case are read from the database
        reason = f"{KINDS[review.kind]} {review.number}：{OUTCOMES[outcome]}"
        follow_change(session, claim, actor, now, reason)
    payload = {"kind": "review_result", "claim_id": str(claim.id), "review_id": str(review.id)}
    note_work(session, [Work(ISSUE_NOTICE, payload, f"review_result:{review.id}")], now=now)
    return review


def withdraw_review(
    session: UnitSession, *, actor: Actor, review_id: UUID, reason: str, now: datetime
) -> Review:
    """End a review that the person took back; the reason says how he said so."""
    require(actor, "reviews.register")
    if not reason.strip():
        raise Invalid("撤回要写明原因", (Problem("reason", "没有写，请写一句，例如本人电话撤回"),))
    review = _lock(session, review_id)
    if review.status != "open":
        raise Conflict(f"{review.number} {STATUS_WORDS[review.status]}，不能撤回")
    review.status = "withdrawn"
    review.decided_by, review.decided_by_name, review.decided_at = actor.person, actor.name, now
    data = {"number": review.number, "kind": review.kind}
    _note(session, actor, review, "claim:review:withdrawn", now, data=data, reason=reason.strip())
    return review


def statement_of(session: UnitSession, review: Review) -> str:
    """Open the words of a request, for its own page."""
    return session.keyring.open(review.statement_cipher, f"review:statement:{review.id}")


def _signers(session: UnitSession, claim: Claim) -> list[str]:
    rows = (
        select(DecisionStep.actor_id)
        .join(Decision, Decision.id == DecisionStep.decision_id)
        .where(
            Decision.claim_id == claim.id,
            DecisionStep.step.in_(("proposed", "endorsed", "approved", "refused")),
        )
        .distinct()
    )
    return sorted(session.scalars(rows))


def _check(request: ReviewRequest, today: date) -> None:
    problems = []
    if request.kind not in KINDS:
        problems.append(Problem("kind", "请选复核还是投诉"))
    if request.channel not in CHANNELS:
        problems.append(Problem("channel", "请选从哪里来的"))
    if request.relation not in RELATIONS:
        problems.append(Problem("relation", "请选谁提出的"))
    if not request.statement.strip():
        problems.append(Problem("statement", "没有写内容，请照本人的话写下不同意哪里"))
    elif len(request.statement) > LONGEST:
        problems.append(Problem("statement", f"内容最多 {LONGEST} 字，请写短一些"))
    if request.filed_on > today:
        problems.append(Problem("filed_on", "提出的日期不能晚于今天"))
    if problems:
        raise Invalid("复核申请有几处要改", tuple(problems))


def _find(session: UnitSession, review_id: UUID) -> Review:
    found = session.get(Review, review_id)
    if found is None:
        raise NotFound("没有这件复核")
    return found


def _lock(session: UnitSession, review_id: UUID) -> Review:
    statement = select(Review).where(Review.id == review_id).with_for_update()
    found = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("没有这件复核")
    return found


def _note(
    session: UnitSession,
    actor: Actor,
    review: Review,
    tag: str,
    now: datetime,
    *,
    data: dict[str, str],
    reason: str = "",
) -> None:
    subject = ("review", review.id)
    note(session, actor, tag, subject, now=now, claim_id=review.claim_id, reason=reason, data=data)
