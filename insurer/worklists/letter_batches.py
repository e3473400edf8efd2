"""One step for many letters: printing them as one file, and noting that they arrived.

Every step is looked at before it is taken, and says of each letter what became of it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.claims.record_fields import day_as_written
from insurer.claims.tables import Claim
from insurer.kernel.errors import Conflict, Invalid, NotFound, Problem
from insurer.notices.catalogue import DELIVERY_WAYS, short_number
from insurer.notices.operations import MOST_IN_RUN, record_delivery, start_print_run
from insurer.notices.printable import refuse_unprintable
from insurer.notices.tables import Notice
from insurer.people.tables import Person
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id
from insurer.worklists.letter_list import NOTICES
from insurer.worklists.letters import STATE_WORDS, title_of
from insurer.worklists.selections import keep_selection, members_of
from insurer.worklists.tables import BatchRun
from insurer.worklists.views import paths
from insurer.worklists.views.cases import BatchResultPage
from insurer.worklists.views.elements import Choice, Trouble
from insurer.worklists.views.notices import LetterPreviewPage, LetterPreviewRow

SHOWN: Final = 200
"""So many rows of a preview are listed; the counts are of all."""

_WORDS: Final = {"print": "合并打印", "deliver": "登记送达"}
_MOST: Final = {"print": MOST_IN_RUN, "deliver": 500}
_RUN: Final = "letters_"


@dataclass(frozen=True, slots=True)
class LettersRan:
    """A run, and the selection of the letters that were too many for it."""

    run_id: UUID
    rest: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    notice: Notice
    person: str
    case_number: str
    why: str


def preview_letters(
    session: UnitSession,
    *,
    actor: Actor,
    action: str,
    selection_id: UUID,
    back: str,
    way: str = "",
    day: str = "",
    troubles: tuple[Trouble, ...] = (),
) -> LetterPreviewPage:
    """Return for each chosen letter whether the step can be done, and why not; changes nothing."""
    word = _word(actor, action)
    rows = _rows(session, actor, action, selection_id)
    doable = [row for row in rows if not row.why]
    reasons = Counter(row.why for row in rows if row.why)
    able = doable[: _MOST[action]]
    return LetterPreviewPage(
        action=action,
        word=word,
        rows=tuple(
            LetterPreviewRow(
                short_number(row.notice.number_text),
                title_of(row.notice.kind),
                row.person,
                row.case_number,
                STATE_WORDS[row.notice.state],
                f"{paths.NOTICES}/{row.notice.id}.pdf" if row.notice.pdf_sha256 else "",
                row.why,
            )
            for row in rows[:SHOWN]
        ),
        total=len(rows),
        able=len(able),
        later=len(doable) - len(able),
        pages=sum(row.notice.pages or 0 for row in able),
        reasons=tuple(reasons.most_common()),
        selection=str(selection_id),
        back_href=back,
        href=f"{paths.NOTICES}/batch",
        ways=tuple(Choice(key, one, key == way) for key, one in {"": "请选一种", **DELIVERY_WAYS}.items())
        if action == "deliver"
        else (),
        day=day,
        troubles=troubles,
    )


def run_letters(
    session: UnitSession,
    *,
    actor: Actor,
    action: str,
    selection_id: UUID,
    way: str = "",
    day: str = "",
    now: datetime,
) -> LettersRan:
    """Take the step for every chosen letter that allows it and keep what became of each.

    ``way`` and ``day`` tell how and when the letters arrived; :class:`Invalid` without them. Of more
    letters than the step takes at once the first are done; the others are a selection of their own.
    """
    _word(actor, action)
    on = _day(way, day) if action == "deliver" else None
    rows = _rows(session, actor, action, selection_id, on)
    doable = [row for row in rows if not row.why]
    able, later = doable[: _MOST[action]], doable[_MOST[action] :]
    words, argument = "", ""
    if able and on is not None:
        for row in able:
            record_delivery(session, actor=actor, notice_id=row.notice.id, delivered_on=on, way=way, now=now)
        words = f"{DELIVERY_WAYS[way]}送达，{on.isoformat()}"
    elif able:
        ids = [row.notice.id for row in able]
        argument = str(start_print_run(session, actor=actor, notice_ids=ids, now=now))
        words = "进入合并打印"
    run = BatchRun(
        id=new_id(), staff_id=actor.staff_id, action=f"{_RUN}{action}", argument=argument, made_at=now
    )
    run.done = [[*_named(row), words] for row in able]
    run.skipped = [[*_named(row), row.why] for row in rows if row.why]
    session.add(run)
    session.flush()
    if not later:
        return LettersRan(run.id)
    rest = keep_selection(
        session,
        actor=actor,
        list_name=NOTICES.name,
        members=[row.notice.id for row in later],
        conditions={},
        now=now,
    )
    return LettersRan(run.id, rest)


def load_letters_run(
    session: UnitSession, *, actor: Actor, run_id: UUID, back: str, rest: UUID | None = None
) -> BatchResultPage:
    """Return what became of each letter of a run of one's own; :class:`NotFound` for another's."""
    run = session.get(BatchRun, run_id)
    if run is None or run.staff_id != actor.staff_id or not run.action.startswith(_RUN):
        raise NotFound("没有这次成批办理。请回到列表")
    action = run.action.removeprefix(_RUN)
    left = members_of(session, actor=actor, selection_id=rest, list_name=NOTICES.name) if rest else []
    return BatchResultPage(
        word=_WORDS[action],
        who="",
        at=run.made_at,
        done=tuple((str(number), str(words)) for _, number, words in run.done),
        skipped=tuple((str(number), str(words)) for _, number, words in run.skipped),
        back_href=back,
        action=action,
        rest=str(rest or ""),
        rest_count=len(left),
        next_href=f"{paths.NOTICES}/runs/{run.argument}" if run.argument else "",
        next_word="打开合并的文件" if run.argument else "",
        unit=NOTICES.unit,
        head="文号",
        step_href=f"{paths.NOTICES}/batch",
        hrefs={
            str(number): f"{paths.NOTICES}/{one}.pdf" for one, number, _ in (*run.done, *run.skipped) if one
        },
    )


def _word(actor: Actor, action: str) -> str:
    if action not in _WORDS:
        raise Invalid("没有这一步，请从列表上方的按钮选")
    require(actor, "notices.print")
    return _WORDS[action]


def _rows(
    session: UnitSession, actor: Actor, action: str, selection_id: UUID, on: date | None = None
) -> list[_Row]:
    members = members_of(session, actor=actor, selection_id=selection_id, list_name=NOTICES.name)
    found: dict[UUID, tuple[Notice, str, str]] = {}
    for start in range(0, len(members), 5_000):
        statement = (
            select(Notice, Person.name, Claim.case_no)
            .join(Person, Person.id == Notice.person_id)
            .outerjoin(Claim, Claim.id == Notice.claim_id)
            .where(Notice.id.in_(members[start : start + 5_000]))
        )
        for row in session.execute(statement):
            found[row[0].id] = (row[0], row[1], row[2] or "")
    listed = [found[one] for one in members if one in found]
    whys = (
        _unprintable(session, [row[0] for row in listed])
        if action == "print"
        else {row[0].id: _undeliverable(row[0], on) for row in listed}
    )
    return [_Row(*row, whys.get(row[0].id, "")) for row in listed]


def _unprintable(session: UnitSession, notices: Sequence[Notice]) -> dict[UUID, str]:
    try:
        refuse_unprintable(session, notices)
    except Conflict as conflict:
        whys = {problem.where: problem.message.removeprefix("的") for problem in conflict.problems}
        return {one.id: f"{whys[one.number_text]}，跳过" for one in notices if one.number_text in whys}
    return {}


def _undeliverable(notice: Notice, on: date | None) -> str:
    if notice.state not in ("rendered", "printed"):
        return f"{STATE_WORDS[notice.state]}，跳过"
    if on is not None and on < date.fromisoformat(notice.facts["issued_on"]):
        return "送达日期早于通知书日期，跳过"
    return ""


def _named(row: _Row) -> list[str]:
    made = str(row.notice.id) if row.notice.pdf_sha256 else ""
    return [made, short_number(row.notice.number_text)]


def _day(way: str, day: str) -> date:
    problems = []
    if way not in DELIVERY_WAYS:
        problems.append(Problem("way", "请选送达方式：当面、邮寄或短信链接"))
    try:
        on = day_as_written(day)
    except ValueError as error:
        on = date.min
        problems.append(Problem("delivered_on", str(error)))
    if problems:
        raise Invalid("还不能登记送达", tuple(problems))
    return on
