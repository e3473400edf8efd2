"""Papers: taking them in, checking that all are there, asking once for what is missing."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from insurer.accounts.permissions import require
from insurer.claims.lifecycle import CALCULABLE, WORDS, Action, State
from insurer.claims.operations.duplicates import (
    confirm_duplicates,
    refuse_known_files,
    same_files,
    same_invoices,
)
from insurer.claims.operations.moves import lock_claim, lock_claims, move, next_hint
from insurer.claims.operations.terms import recount
from insurer.claims.paper_files.admitting import AdmittedFile, PaperFile, admitted
from insurer.claims.rules import OTHER_PAPER, hint, missing_papers, paper_list
from insurer.claims.tables import Claim, Paper, PaperRequest, RemovedPaper, Settlement
from insurer.claims.tracks.facts import NOTHING, beside
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.people.reading.names import name_key
from insurer.people.tables import Person
from insurer.platform.audit import Actor, note
from insurer.platform.bulk import copy_rows
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.platform.jobs import ISSUE_NOTICE
from insurer.platform.outbox import Work, note_work
from insurer.platform.storage import Storage, keep_file

MOST_OTHER: Final = 60
"""Characters that fit the letter's table for what the other papers are."""

_LONG_NUMBER: Final = re.compile(r"\d{15,}")


def add_papers(
    session: UnitSession,
    *,
    actor: Actor,
    storage: Storage,
    claim_id: UUID,
    files: Sequence[PaperFile | AdmittedFile],
    now: datetime,
    duplicate_reason: str = "",
) -> list[UUID]:
    """Store files as papers of a case; a paper that was announced without its file gets it.

    :class:`Invalid` names each file that may not be kept, or that the case has already; then none is stored.
    A file that another case has, byte for byte, or an invoice that another case carries, raises
    :class:`Duplicated` unless ``duplicate_reason`` says why it is taken in all the same.
    """
    require(actor, "claims.accept")
    taken = _admitted(files)
    claim = lock_claim(session, claim_id)
    refuse_known_files(session, claim.id, taken)
    hits = same_files(session, claim.id, taken) + same_invoices(
        session, claim.scheme, [one.invoice for one in taken], claim.id
    )
    confirm_duplicates(session, actor=actor, claim_id=claim.id, hits=hits, reason=duplicate_reason, now=now)
    name = session.scalars(select(Person.name).where(Person.id == claim.person_id)).one()
    waiting = {
        (paper.kind, paper.filename): paper
        for paper in session.scalars(select(Paper).where(Paper.claim_id == claim.id, Paper.sha256.is_(None)))
    }
    by_kind = {paper.kind: paper for paper in waiting.values() if not paper.filename}
    done = []
    for found in taken:
        file = found.file
        digest = keep_file(session, storage, file.content, mime=found.mime, now=now)
        paper = waiting.pop((file.kind, file.filename), None) or by_kind.pop(file.kind, None)
        if paper is None:
            paper = Paper(id=new_id(), claim_id=claim.id, kind=file.kind, form=file.form)
            paper.received_at, paper.received_by = now, actor.id
            session.add(paper)
        paper.sha256, paper.filename, paper.pages = digest, file.filename, found.pages
        paper.invoice = _said_by_invoice(found.invoice, name)
        done.append(paper.id)
    data = {"papers": len(taken), "kinds": [one.file.kind for one in taken]}
    note(session, actor, "claim:paper:added", ("claim", claim.id), now=now, claim_id=claim.id, data=data)
    return done


def _admitted(files: Sequence[PaperFile | AdmittedFile]) -> list[AdmittedFile]:
    """Return every file looked into; those that a caller looked into before are not looked into again."""
    unknown = iter(admitted([file for file in files if isinstance(file, PaperFile)]))
    return [next(unknown) if isinstance(file, PaperFile) else file for file in files]


def _said_by_invoice(invoice: Mapping[str, str], name: str) -> dict[str, Any] | None:
    """Return what is kept of an invoice's values: of the payer only whether it is the case's person."""
    if not invoice.get("bill_no"):
        return None
    payer = invoice.get("payer", "")
    kept: dict[str, Any] = {key: value for key, value in invoice.items() if key != "payer"}
    if payer:
        kept["payer_agrees"] = name_key(payer) == name_key(name)
    return kept


def remove_paper(
    session: UnitSession, *, actor: Actor, claim_id: UUID, paper_id: UUID, reason: str, now: datetime
) -> None:
    """Take a paper off a case to which it does not belong; who, when and why stay, and so does the file.

    :class:`Conflict` once the case is decided: what a decision rests on stays where it is.
    """
    require(actor, "claims.accept")
    claim = lock_claim(session, claim_id)
    if State(claim.state) not in CALCULABLE:
        raise Conflict(f"案件现在是“{WORDS[State(claim.state)].word}”，材料不能再动。要动先退回或重开")
    if not reason.strip():
        raise Invalid("去掉材料要写明原因", (Problem("reason", "没有写原因，请写一句"),))
    paper = session.get(Paper, paper_id)
    if paper is None or paper.claim_id != claim.id:
        raise NotFound("没有这份材料，可能已经去掉了。请刷新再看")
    session.add(
        RemovedPaper(
            id=paper.id,
            claim_id=claim.id,
            kind=paper.kind,
            filename=paper.filename,
            sha256=paper.sha256,
            pages=paper.pages,
            received_at=paper.received_at,
            received_by=paper.received_by,
            reason=reason.strip(),
            removed_by=actor.id,
            removed_by_name=actor.name,
            removed_at=now,
        )
    )
    session.delete(paper)
    session.flush()
    data = {"kinds": [paper.kind], "papers": 1}
    subject = ("claim", claim.id)
    note(
        session,
        actor,
        "claim:paper:removed",
        subject,
        now=now,
        claim_id=claim.id,
        reason=reason.strip(),
        data=data,
    )


def mark_checked(
    session: UnitSession, *, actor: Actor, claim_id: UUID, paper_id: UUID, now: datetime
) -> None:
    """Note that somebody has read a paper against what was entered; a second reading changes nothing."""
    require(actor, "claims.accept")
    paper = session.get(Paper, paper_id)
    if paper is None or paper.claim_id != claim_id:
        raise NotFound("没有这份材料，可能已经去掉了。请刷新再看")
    if paper.checked_at is not None:
        return
    paper.checked_by, paper.checked_at = actor.staff_id, now
    data = {"kinds": [paper.kind]}
    note(session, actor, "claim:paper:checked", ("claim", claim_id), now=now, claim_id=claim_id, data=data)


def check_papers(
    session: UnitSession, *, actor: Actor, claim_ids: Sequence[UUID], now: datetime
) -> dict[UUID, list[str]]:
    """Check the papers of received cases: accept the complete ones, ask once for what the others lack.

    Returns the missing kinds by case. The request orders its letter through the outbox.
    """
    require(actor, "claims.accept")
    claims = [claim for claim in lock_claims(session, claim_ids) if claim.state == State.RECEIVED]
    missing = _missing(session, claims)
    requests = []
    works = []
    for claim in claims:
        lacking = missing[claim.id]
        if not lacking:
            move(session, claim, Action.ACCEPT, actor=actor, now=now)
            continue
        request_id = new_id()
        data = {"papers": lacking, "request_id": str(request_id)}
        move(session, claim, Action.REQUEST_PAPERS, actor=actor, now=now, data=data)
        requests.append(_request_row(request_id, claim, lacking, actor, now))
        works.append(_letter(claim, request_id))
    copy_rows(session, PaperRequest, requests)
    note_work(session, works, now=now)
    return {claim_id: kinds for claim_id, kinds in missing.items() if kinds}


def request_papers(
    session: UnitSession,
    *,
    actor: Actor,
    claim_id: UUID,
    kinds: Sequence[str],
    now: datetime,
    reason: str = "",
    version: int | None = None,
    new_fact: bool = False,
) -> UUID:
    """Ask for the named papers; :class:`Conflict` when a request is already open (one notice names all).

    Under ``reason`` stands what the other papers are: the letter names them in these words. A second notice
    of a case says why (:class:`Invalid`), and stops the clock for a ``new_fact`` only: what could have been
    asked for at once is at the insurer's expense (Insurance Law, article 22).
    """
    require(actor, "claims.accept")
    unknown = [kind for kind in kinds if kind not in paper_list().kinds]
    if unknown or not kinds:
        words = (
            "有一种材料不在材料清单里，请重新勾选" if unknown else "还没有勾选要补的材料，请勾选缺的每一种"
        )
        raise Invalid("请选择要补的材料", (Problem("kinds", words),))
    if OTHER_PAPER in kinds and (words := _unnamed(reason)):
        raise Invalid("请写清要补什么", (Problem("reason", words),))
    claim = lock_claim(session, claim_id, version=version)
    open_one = select(PaperRequest.id).where(
        PaperRequest.claim_id == claim.id, PaperRequest.answered_on.is_(None)
    )
    if session.scalar(open_one) is not None:
        raise Conflict("已经发过一次补件通知，补齐以前不能再发第二次")
    earlier = session.scalar(select(func.count()).where(PaperRequest.claim_id == claim.id)) or 0
    if earlier and not reason.strip():
        message = "材料要一次告知。已经发过补件通知，再发要写明出现了什么新情况"
        raise Invalid(message, (Problem("reason", message),))
    request_id = new_id()
    data = {"papers": list(kinds), "request_id": str(request_id), "again": bool(earlier)}
    move(session, claim, Action.REQUEST_PAPERS, actor=actor, now=now, reason=reason, data=data)
    claim.hint = hint("pay", (), 0, list(kinds))
    row = _request_row(request_id, claim, list(kinds), actor, now, reason.strip(), new_fact or not earlier)
    copy_rows(session, PaperRequest, [row])
    note_work(session, [_letter(claim, request_id)], now=now)
    return request_id


def papers_arrived(
    session: UnitSession, *, actor: Actor, claim_id: UUID, now: datetime, version: int | None = None
) -> Claim:
    """Take a case back to review once its papers are complete; the stopped days move its due dates."""
    claim = lock_claim(session, claim_id, version=version)
    lacking = _missing(session, [claim])[claim.id]
    if lacking:
        words = "、".join(paper_list().kinds[code].word for code in lacking)
        raise Conflict(f"还缺{words}，到齐了再办")
    request = session.scalar(
        select(PaperRequest).where(PaperRequest.claim_id == claim.id, PaperRequest.answered_on.is_(None))
    )
    today, before = business_day(now), claim.stopped_days
    if request is not None:
        request.answered_on = today
        claim.clock_stopped_on = None
        recount(session, claim, calendar_in_force(session))
    data = {"stopped_days": claim.stopped_days - before, "due_on": claim.due_on.isoformat()}
    move(session, claim, Action.PAPERS_ARRIVED, actor=actor, now=now, data=data)
    claim.hint = next_hint(session, claim) or claim.hint
    return claim


def stop_clock(session: UnitSession, *, claim_id: UUID, delivered_on: date) -> None:
    """Stop the case's clock on the day its missing-papers letter arrived, until the papers come.

    An undelivered letter stops no clock; a second delivery date of the same letter moves the stop. The
    permission is that of recording the delivery, and its entry in the log is the letter's.
    """
    claim = lock_claim(session, claim_id)
    request = session.scalar(
        select(PaperRequest).where(PaperRequest.claim_id == claim.id, PaperRequest.answered_on.is_(None))
    )
    if request is not None:
        request.delivered_on = delivered_on
        claim.clock_stopped_on = delivered_on if request.stops_clock else None


def _missing(session: UnitSession, claims: Sequence[Claim]) -> dict[UUID, list[str]]:
    ids = [claim.id for claim in claims]
    kinds: dict[UUID, set[str]] = defaultdict(set)
    for claim_id, kind in session.execute(select(Paper.claim_id, Paper.kind).where(Paper.claim_id.in_(ids))):
        kinds[claim_id].add(kind)
    facts = {
        row.claim_id: row.facts
        for row in session.execute(
            select(Settlement.claim_id, Settlement.facts).where(
                Settlement.claim_id.in_(ids),
                Settlement.superseded_at.is_(None),
                Settlement.reverses.is_(None),
            )
        )
    }
    noted = beside(session, ids)
    return {
        claim.id: missing_papers(
            claim.visit, noted.get(claim.id, NOTHING).applied(facts[claim.id]), kinds[claim.id]
        )
        for claim in claims
    }


def _unnamed(words: str) -> str:
    """Say why words do not tell the claimant which other papers to bring; empty when they do."""
    if not words.strip():
        return "选了“其他材料”，请在补充说明里写清是什么，通知书上照这句话印"
    if len(words.strip()) > MOST_OTHER:
        return f"其他材料要印在通知书的一格里，最多 {MOST_OTHER} 字，现在 {len(words.strip())} 字"
    if _LONG_NUMBER.search(words):
        return "这句话要印在通知书上，请去掉完整的证件号、卡号"
    return ""


def _request_row(
    request_id: UUID,
    claim: Claim,
    lacking: Sequence[str],
    actor: Actor,
    now: datetime,
    reason: str = "",
    stops_clock: bool = True,
) -> dict[str, object]:
    return {
        "id": request_id,
        "claim_id": claim.id,
        "items": list(lacking),
        "reason": reason,
        "stops_clock": stops_clock,
        "requested_by": actor.staff_id,
        "requested_at": now,
    }


def _letter(claim: Claim, request_id: UUID) -> Work:
    payload = {"kind": "missing_papers", "claim_id": str(claim.id), "paper_request_id": str(request_id)}
    return Work(ISSUE_NOTICE, payload, f"missing_papers:{request_id}")
