"""Differences between what an earlier payer paid and what its rules give: for the agency to answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from insurer.accounts.permissions import require
from insurer.claims.operations.intake import CASE_PREFIX
from insurer.claims.tables import Claim
from insurer.claims.tracks.tables import AgencyFinding
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.kernel.money import parse_yuan, to_yuan
from insurer.platform.audit import SYSTEM, Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.numbers import take_numbers

STATUS_WORDS: Final[dict[str, str]] = {
    "open": "待发送",
    "sent": "等答复",
    "answered": "已答复",
    "void": "已撤销",
}
PAYER_OF: Final[dict[str, str]] = {"critical_illness_tilt": "critical_illness"}
"""Code of a finding to the payer it is about; the others concern the person or the hospital."""

OUTCOMES: Final[dict[str, str]] = {"corrected": "上游已更正", "explained": "上游说明无误"}


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in one settlement; amounts in fen, ``None`` where there is none to compare."""

    setl_id: str
    code: str
    payer: str
    message: str
    clause: str = ""
    expected_fen: int | None = None
    stated_fen: int | None = None


def differences_of(result: Mapping[str, Any]) -> list[Difference]:
    """Read what a calculation found for the agency: the ``findings`` of its settlements.

    Each has ``code``, ``clause`` and ``message``; about an earlier payer also ``expected`` and ``paid``.
    """
    return [
        Difference(
            setl_id=str(settlement["setl_id"]),
            code=str(one["code"]),
            payer=str(one.get("payer") or PAYER_OF.get(str(one["code"]), "")),
            message=str(one["message"]),
            clause=str(one.get("clause") or ""),
            expected_fen=_fen(one.get("expected")),
            stated_fen=_fen(one.get("paid")),
        )
        for settlement in result.get("settlements", ())
        for one in settlement.get("findings", ())
    ]


def _fen(value: Any) -> int | None:
    return None if value is None else parse_yuan(str(value))


def record_differences(
    session: UnitSession, found: Iterable[tuple[Claim, Difference]], *, now: datetime
) -> None:
    """Keep each difference of a calculation once; the same one again changes nothing."""
    for claim, one in found:
        _keep(session, SYSTEM, claim, one, now)


def raise_finding(
    session: UnitSession, *, actor: Actor, claim_id: UUID, difference: Difference, now: datetime
) -> UUID:
    """Let a clerk record a difference that no rule has found; :class:`Invalid` without a sentence on it."""
    require(actor, "claims.review")
    if not difference.message.strip():
        message = "没有写哪里不对，请写上游付了多少、按哪条应当付多少"
        raise Invalid("差异要写明", (Problem("message", message),))
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound("没有这个案件")
    made = _keep(session, actor, claim, difference, now)
    if made is None:
        raise Conflict("这一笔的这种差异已经登记过，请在原来的那一条上办")
    return made


def _keep(session: UnitSession, actor: Actor, claim: Claim, one: Difference, now: datetime) -> UUID | None:
    known = select(AgencyFinding.id).where(
        AgencyFinding.claim_id == claim.id,
        AgencyFinding.code == one.code,
        AgencyFinding.payer == one.payer,
        AgencyFinding.setl_id == one.setl_id,
    )
    if session.scalar(known) is not None:
        return None
    year = business_day(now).year
    taken = take_numbers(session, f"{claim.scheme}/agency-finding/{year}")[0]
    row = {
        "id": new_id(),
        "scheme": claim.scheme,
        "number": f"{CASE_PREFIX[claim.scheme]}-F{year}-{taken:05d}",
        "claim_id": claim.id,
        "setl_id": one.setl_id,
        "code": one.code,
        "payer": one.payer,
        "clause": one.clause,
        "message": one.message.strip(),
        "expected_fen": one.expected_fen,
        "stated_fen": one.stated_fen,
        "status": "open",
        "raised_by": actor.person,
        "raised_by_name": actor.name,
        "raised_at": now,
        "document": "",
        "outcome": "",
        "answer": "",
    }
    session.execute(insert(AgencyFinding).values(row).on_conflict_do_nothing())
    data = {"number": row["number"], "code": one.code, "payer": one.payer}
    if one.expected_fen is not None and one.stated_fen is not None:
        data |= {"expected": to_yuan(one.expected_fen), "stated": to_yuan(one.stated_fen)}
    subject, tag = ("agency_finding", row["id"]), "claim:agency_finding:raised"
    note(session, actor, tag, subject, now=now, claim_id=claim.id, reason=one.message, data=data)
    return UUID(str(row["id"]))


def send_finding(
    session: UnitSession, *, actor: Actor, finding_id: UUID, document: str, sent_on: date, now: datetime
) -> AgencyFinding:
    """Note that the agency was told of a difference: by which document and on which day."""
    require(actor, "claims.review")
    if not document.strip():
        message = "没有写文号，请写发给经办机构的函号"
        raise Invalid("发送要写文号", (Problem("document", message),))
    if sent_on > business_day(now):
        raise Invalid("发送日期还没有到", (Problem("sent_on", "发送的日期不能晚于今天"),))
    row = _lock(session, finding_id, "open", "发送")
    row.status, row.document, row.sent_on = "sent", document.strip(), sent_on
    _note(session, actor, row, "sent", now, {"document": row.document})
    return row


def answer_finding(
    session: UnitSession, *, actor: Actor, finding_id: UUID, outcome: str, answer: str, now: datetime
) -> AgencyFinding:
    """Note what the agency answered; a correction comes as a settlement of its own and reopens the case."""
    require(actor, "claims.review")
    problems = []
    if outcome not in OUTCOMES:
        problems.append(Problem("outcome", "请选上游是更正了，还是说明无误"))
    if not answer.strip():
        problems.append(Problem("answer", "没有写答复，请写答复的内容和文号"))
    if problems:
        raise Invalid("答复有几处要改", tuple(problems))
    row = _lock(session, finding_id, "sent", "登记答复")
    row.status, row.outcome, row.answer = "answered", outcome, answer.strip()
    row.answered_on = business_day(now)
    _note(session, actor, row, "answered", now, {"outcome": outcome}, row.answer)
    return row


def void_finding(
    session: UnitSession, *, actor: Actor, finding_id: UUID, reason: str, now: datetime
) -> AgencyFinding:
    """Take back a difference that is none, before it is sent."""
    require(actor, "claims.review")
    if not reason.strip():
        raise Invalid("撤销要写明原因", (Problem("reason", "没有写，请写一句"),))
    row = _lock(session, finding_id, "open", "撤销")
    row.status = "void"
    _note(session, actor, row, "void", now, {}, reason.strip())
    return row


def _lock(session: UnitSession, finding_id: UUID, wanted: str, word: str) -> AgencyFinding:
    statement = select(AgencyFinding).where(AgencyFinding.id == finding_id).with_for_update()
    row = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound("没有这条上游差异")
    if row.status != wanted:
        raise Conflict(f"{row.number} 现在是“{STATUS_WORDS[row.status]}”，不能{word}。请刷新再看")
    return row


def _note(
    session: UnitSession,
    actor: Actor,
    row: AgencyFinding,
    what: str,
    now: datetime,
    data: dict[str, str],
    reason: str = "",
) -> None:
    subject, tag = ("agency_finding", row.id), f"claim:agency_finding:{what}"
    full = {"number": row.number, **data}
    note(session, actor, tag, subject, now=now, claim_id=row.claim_id, reason=reason, data=full)
