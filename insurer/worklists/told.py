"""告知: who was told of the cover of a year, when and how."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, exists, func, or_, select

from insurer.accounts.permissions import holds
from insurer.notices.catalogue import DELIVERY_WAYS
from insurer.notices.tables import Notice
from insurer.people.tables import CoverPeriod, Person, PersonContact
from insurer.people.telling import WAYS
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.letters import STATE_WORDS
from insurer.worklists.programmes import kept
from insurer.worklists.towns import town_now
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice, Link, Paging, ViewTab
from insurer.worklists.views.people_tasks import ToldPage, ToldRow

SIZE: Final = 50


def load_told(
    session: UnitSession, *, actor: Actor, scheme: str, arguments: Mapping[str, str], today: date
) -> ToldPage:
    """Return the people covered in a year: those not told yet first, or those told, or all."""
    years = sorted(
        set(session.scalars(select(CoverPeriod.year).where(CoverPeriod.scheme == scheme).distinct()))
        | {today.year}
    )
    asked = arguments.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else today.year
    which = arguments.get("which", "")
    number = arguments.get("page", "1")
    page = int(number) if number.isdecimal() and 0 < int(number) < 10_000 else 1
    every = select(CoverPeriod).where(
        CoverPeriod.scheme == scheme, CoverPeriod.year == year, CoverPeriod.superseded_at.is_(None)
    )
    reached = _told(year)
    chosen: dict[str, Select[Any]] = {
        "": every.where(~reached),
        "told": every.where(reached),
        "all": every,
    }
    which = which if which in chosen else ""
    counts = {
        key: int(session.scalar(statement.with_only_columns(func.count())) or 0)
        for key, statement in chosen.items()
    }

    def href(**more: Any) -> str:
        return paths.with_query(
            paths.PEOPLE_TOLD, **{"scheme": kept(scheme), "year": year, "which": which, **more}
        )

    may = holds(actor, "people.tasks")
    rows = _rows(session, chosen[which], year, page, f"{paths.PEOPLE_TOLD}/{year}" if may else "")
    first = (page - 1) * SIZE + 1 if rows else 0
    words = (("", "还没有告知"), ("told", "已告知"), ("all", "全部"))
    return ToldPage(
        year=year,
        rows=rows,
        years=tuple(
            ViewTab(f"{one}年度", href(year=one, which=""), current=one == year) for one in years[::-1]
        ),
        views=tuple(ViewTab(word, href(which=key), counts[key], key == which) for key, word in words),
        paging=Paging(
            first,
            first + len(rows) - 1 if rows else 0,
            counts[which],
            SIZE,
            "人",
            previous=href(page=page - 1) if page > 1 else "",
            next=href(page=page + 1) if page * SIZE < counts[which] else "",
        ),
        today=today,
        ways=tuple(Choice(way, word) for way, word in WAYS.items()),
    )


def _told(year: int) -> ColumnElement[bool]:
    """Return the condition that a covered person was reached: by a delivered letter, telephone or visit."""
    letter = (
        exists()
        .where(
            Notice.person_id == CoverPeriod.person_id,
            Notice.dedupe_key == _letter_key(year),
            Notice.state == "delivered",
        )
        .correlate(CoverPeriod)
    )
    word = (
        exists()
        .where(PersonContact.person_id == CoverPeriod.person_id, PersonContact.year == year)
        .correlate(CoverPeriod)
    )
    return or_(letter, word)


def _letter_key(year: int) -> ColumnElement[str]:
    """Return the key under which the enrolment letter of a person and year exists once."""
    return func.concat(f"enrolment:{year}:", CoverPeriod.person_id.cast(Text))


def _rows(
    session: UnitSession, chosen: "Select[Any]", year: int, page: int, action: str
) -> tuple[ToldRow, ...]:
    statement = (
        chosen.join(Person, Person.id == CoverPeriod.person_id)
        .outerjoin(Notice, and_(Notice.person_id == Person.id, Notice.dedupe_key == _letter_key(year)))
        .add_columns(Person, Notice, town_now(Person.id).label("town"))
        .order_by(CoverPeriod.from_on.desc(), Person.sort_key, Person.id)
        .offset((page - 1) * SIZE)
        .limit(SIZE)
    )
    found = session.execute(statement).all()
    told: dict[Any, list[str]] = {}
    contacts = session.scalars(
        select(PersonContact)
        .where(PersonContact.year == year, PersonContact.person_id.in_([row.Person.id for row in found]))
        .order_by(PersonContact.told_on, PersonContact.id)
    )
    for contact in contacts:
        words = f"{contact.told_on} {WAYS[contact.way]}，{contact.noted_by_name}"
        told.setdefault(contact.person_id, []).append(words + (f"：{contact.note}" if contact.note else ""))
    return tuple(
        ToldRow(
            person=Link(row.Person.name, f"{paths.PEOPLE}/{row.Person.id}"),
            tail=row.Person.certno_mask[-4:],
            town=row.town or "",
            since=row.CoverPeriod.from_on,
            letter=row.Notice.number_text if row.Notice else "",
            letter_state=STATE_WORDS[row.Notice.state] if row.Notice else "没有出",
            delivered=_delivered(row.Notice),
            told="；".join(told.get(row.Person.id, ())),
            action=f"{action}/{row.Person.id}" if action else "",
        )
        for row in found
    )


def _delivered(notice: Notice | None) -> str:
    if notice is None or notice.state != "delivered":
        return ""
    return f"{notice.delivered_on} {DELIVERY_WAYS.get(notice.delivery_way, notice.delivery_way)}"
