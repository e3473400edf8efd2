"""Was this person covered on this day? Yes or no, because of which rows of which files."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text

from insurer.kernel.dates import chinese_date
from insurer.people import rules
from insurer.people.events import WITHDRAWN, newest_events
from insurer.people.queries import (
    CoverView,
    cover_periods,
    covered_on,
    find_people,
    roster_documents,
)
from insurer.people.reading.wording import read_change
from insurer.people.rules import EXITS, INSURED_CATEGORY, NANTONG, RESIDENT
from insurer.people.tables import Person, RosterImport
from insurer.platform.db import UnitSession

_COVERED: Final = {
    "december_roster": "上年 12 月在册",
    "approved_in_year": "当年批准",
    "first_listed": "当年新列入名册",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """One row (or, with ``row`` None, a whole file that does not name the person) and what it says."""

    says: str
    file: str
    sheet: str = ""
    row: int | None = None
    import_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class CoverAnswer:
    """The answer for one day, in words, with the rows it rests on."""

    day: date
    covered: bool
    because: str
    grounds: tuple[Ground, ...]


def cover_answer(session: UnitSession, *, person: Person, day: date) -> CoverAnswer:
    """Answer for a person and a day from the applied files; nothing is assumed that no file says."""
    death = _left_before(session, person, "died", day)
    if death is not None:
        return CoverAnswer(day, False, "这一天以前已经去世", (death,))
    if person.scheme == NANTONG:
        return _by_identity(session, person, day)
    cover = covered_on(session, person_id=person.id, day=day)
    if cover is not None:
        reason = _COVERED.get(cover.reason, cover.reason)
        words = f"{reason}，从 {cover.from_on} 保到 {cover.until_on}"
        return CoverAnswer(day, True, words, (_of_cover(cover),))
    return _not_covered(session, person, day)


def _left_before(session: UnitSession, person: Person, kind: str, day: date) -> Ground | None:
    """Return the row that says that a person died or moved before a day."""
    event = newest_events(session, [person.id], kind).get(person.id)
    if event is None or event.precision == WITHDRAWN or not event.happened_on or day <= event.happened_on:
        return None
    says = f"{chinese_date(event.happened_on)}{'去世' if kind == 'died' else '迁出'}"
    filename = _filename(session, event.import_id)
    return Ground(says, filename, event.sheet, event.row_no, event.import_id)


def _of_cover(cover: CoverView) -> Ground:
    says = f"{_COVERED.get(cover.reason, cover.reason)}，{cover.year}年度从 {cover.from_on} 起"
    return Ground(says, cover.filename, cover.sheet, cover.row_no, cover.import_id)


def _by_identity(session: UnitSession, person: Person, day: date) -> CoverAnswer:
    """Answer for a programme that goes by identities with a beginning and a loss."""
    document = roster_documents(session, scheme=person.scheme, person_ids=[person.id])[person.id]
    held = [one for one in document["identities"] if _holds(one, day)]
    facts = [one for one in _facts(session, person) if one.month <= day]
    grounds = tuple(_of_fact(one) for one in facts[-1:])
    moved = _left_before(session, person, "moved_out", day) if not held else None
    if moved is not None:
        return CoverAnswer(day, False, "这一天以前已经迁出", (moved, *grounds))
    if not held:
        because = "这一天没有救助身份" if facts else "这一天以前的名册里没有这个人"
        return CoverAnswer(day, False, because, grounds or _silent_files(session, person, day))
    since = min(str(one["valid_from"]) for one in held)
    return CoverAnswer(day, True, f"有救助身份，从 {since} 起", grounds)


def _holds(identity: dict[str, object], day: date) -> bool:
    """Tell whether an identity holds on a day; it lasts to the end of the month of the decision."""
    lost = identity["lost_decided_on"]
    until = rules.month_end(date.fromisoformat(str(lost)).replace(day=1)) if lost else date.max
    return date.fromisoformat(str(identity["valid_from"])) <= day <= until


@dataclass(frozen=True, slots=True)
class _Fact:
    month: date
    categories: tuple[str, ...]
    word: str
    insutype: str
    change: str
    filename: str
    sheet: str
    row_no: int
    import_id: uuid.UUID


_FACTS = text(
    """
    SELECT DISTINCT ON (f.month) f.month, f.category, f.category_word, f.insutype, f.change_word,
           i.filename, f.sheet, f.row_no, f.import_id
      FROM roster_fact f
      JOIN effective_roster e ON e.id = f.import_id
      JOIN roster_import i ON i.id = f.import_id
     WHERE f.person_id = :person
     ORDER BY f.month, e.applied_at DESC, e.id DESC
    """
)


def _facts(session: UnitSession, person: Person) -> list[_Fact]:
    return [
        _Fact(
            row.month,
            tuple(row.category.split(",")),
            row.category_word,
            row.insutype,
            row.change_word,
            row.filename,
            row.sheet,
            row.row_no,
            row.import_id,
        )
        for row in session.execute(_FACTS, {"person": person.id})
    ]


def _not_covered(session: UnitSession, person: Person, day: date) -> CoverAnswer:
    """Say why Changzhou-Xinbei does not cover a day: the rows of last December and of the year until then."""
    facts = [one for one in _facts(session, person) if date(day.year - 1, 12, 1) <= one.month <= day]
    later = [one for one in cover_periods(session, [person.id]) if one.year == day.year and one.from_on > day]
    if later:
        return CoverAnswer(day, False, f"从 {later[0].from_on} 起才保", (_of_cover(later[0]),))
    if facts:
        return CoverAnswer(
            day, False, "名册里有，但不是保障对象", tuple(_of_fact(one, why=True) for one in facts)
        )
    return CoverAnswer(
        day,
        False,
        f"{day.year - 1}年12月和 {day.year} 年到这一天的名册里都没有这个人",
        _silent_files(session, person, day),
    )


def _of_fact(fact: _Fact, *, why: bool = False) -> Ground:
    says = f"{fact.month.year}年{fact.month.month}月在册，{fact.word or '没有写类别'}"
    if why:
        says += "，" + _why_not(fact)
    return Ground(says, fact.filename, fact.sheet, fact.row_no, fact.import_id)


def _why_not(fact: _Fact) -> str:
    if read_change(fact.change) in EXITS:
        return f"变动写“{fact.change}”"
    if INSURED_CATEGORY not in fact.categories:
        return "这一类不在保障范围"
    if fact.insutype not in ("", RESIDENT):
        return "没有参加居民医保"
    return "没有更早的名册可以证明在册"


_FILES = text(
    """
    SELECT e.id, e.month, i.filename FROM effective_roster e JOIN roster_import i ON i.id = e.id
     WHERE e.scheme = :scheme AND e.month BETWEEN :since AND :day ORDER BY e.month, e.applied_at
    """
)


def _silent_files(session: UnitSession, person: Person, day: date) -> tuple[Ground, ...]:
    """Return the files of last December and of the year until the day; none of them names the person."""
    values = {"scheme": person.scheme, "since": date(day.year - 1, 12, 1), "day": day}
    return tuple(
        Ground(f"{row.month.year}年{row.month.month}月名册里没有", row.filename, import_id=row.id)
        for row in session.execute(_FILES, values)
    )


def _filename(session: UnitSession, import_id: uuid.UUID) -> str:
    found = session.get(RosterImport, import_id)
    return found.filename if found is not None else ""


def cover_answers(
    session: UnitSession, *, scheme: str, certnos: Sequence[str], day: date
) -> list[CoverAnswer]:
    """Answer for person numbers in order; one that nobody knows is not covered."""
    numbers = [certno.strip().upper() for certno in certnos]
    known = find_people(session, scheme=scheme, certnos=numbers)
    answers = []
    for number in numbers:
        person = session.get(Person, known[number]) if number in known else None
        if person is None:
            answers.append(CoverAnswer(day, False, "没有这个证号的人", ()))
        else:
            answers.append(cover_answer(session, person=person, day=day))
    return answers
