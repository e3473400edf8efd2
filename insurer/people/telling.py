"""Who was told of a year's cover by telephone or at home; letters are noted where they are sent."""

import uuid
from datetime import date, datetime
from typing import Final

from sqlalchemy import select

from insurer.accounts.permissions import require
from insurer.kernel.dates import business_day
from insurer.kernel.errors import Invalid, NotFound, Problem
from insurer.people.tables import CoverPeriod, PersonContact
from insurer.platform.audit import Actor, note
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_id

WAYS: Final = {"phone": "电话", "visit": "上门"}


def note_told(
    session: UnitSession,
    *,
    actor: Actor,
    person_id: uuid.UUID,
    year: int,
    way: str,
    told_on: date,
    words: str,
    now: datetime,
) -> uuid.UUID:
    """Record that somebody told a person of the cover of ``year``; the same again gives the first record.

    :class:`Invalid` for an unknown way or a day that has not come, :class:`NotFound` without such cover.
    """
    require(actor, "people.tasks")
    if way not in WAYS:
        raise Invalid("请选怎么告知的", (Problem("way", "请选电话或上门"),))
    if told_on > business_day(now):
        raise Invalid("告知日期还没有到", (Problem("told_on", "告知日期不能晚于今天"),))
    covered = select(CoverPeriod.id).where(
        CoverPeriod.person_id == person_id, CoverPeriod.year == year, CoverPeriod.superseded_at.is_(None)
    )
    if session.scalar(covered.with_for_update(key_share=True)) is None:
        raise NotFound(f"这个人 {year} 年度没有参保，不用告知")
    same = session.scalars(
        select(PersonContact.id).where(
            PersonContact.person_id == person_id,
            PersonContact.year == year,
            PersonContact.way == way,
            PersonContact.told_on == told_on,
        )
    ).first()
    if same is not None:
        return same
    contact = PersonContact(
        id=new_id(),
        person_id=person_id,
        year=year,
        way=way,
        told_on=told_on,
        note=words.strip()[:200],
        noted_by=actor.id,
        noted_by_name=actor.name,
        noted_at=now,
    )
    session.add(contact)
    session.flush()
    data = {"year": year, "way": way, "told_on": told_on.isoformat()}
    note(session, actor, "people:cover:told", ("person", person_id), now=now, data=data)
    return contact.id
