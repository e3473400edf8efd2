"""Finding people: by name, initials, full number, card number, telephone, village."""

import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, or_, select

from insurer.people.differences import CARD, CERTNO, PHONE
from insurer.people.queries import PersonView, person_view
from insurer.people.reading.certno import upgraded
from insurer.people.reading.names import name_key
from insurer.people.standing import effective_imports, register_of
from insurer.people.tables import Household, Person, RosterFact
from insurer.platform.db import UnitSession

_FEWEST_OF_A_PLACE = 2

BY_PINYIN: Final = Person.sort_key.collate("C")
"""People in the order of the pinyin of their names, the same on every server."""


def search_people(session: UnitSession, *, scheme: str, query: str, limit: int = 50) -> list[PersonView]:
    """Find people by a full person, card or telephone number, a name or its beginning, initials, or a place.

    Sorted by pinyin. A partial number finds nobody: numbers are stored only as keyed hashes. A place (town
    or village, or a part of its name) is looked for on the newest register.
    """
    condition = matching(session, scheme=scheme, query=query)
    if condition is None:
        return []
    chosen = select(Person).where(Person.scheme == scheme, condition)
    ordered = chosen.order_by(BY_PINYIN, Person.id).limit(limit)
    return [person_view(person) for person in session.scalars(ordered)]


def find_ids(session: UnitSession, *, scheme: str, query: str, limit: int) -> list[uuid.UUID]:
    """Return the ids of the people whom :func:`search_people` finds, in its order."""
    condition = matching(session, scheme=scheme, query=query)
    if condition is None:
        return []
    chosen = select(Person.id).where(Person.scheme == scheme, condition)
    return list(session.scalars(chosen.order_by(BY_PINYIN, Person.id).limit(limit)))


def matching(session: UnitSession, *, scheme: str, query: str) -> ColumnElement[bool] | None:
    """Return the condition that a person is meant by a query; ``None`` when it holds no word."""
    words = query.strip()
    if not words:
        return None
    compact = words.replace(" ", "").replace("-", "").upper()
    if any(character.isdigit() for character in compact):
        condition = _by_number(session, scheme, words, compact)
    elif words.isascii() and words.isalpha() and len(words) <= 6:
        condition = Person.pinyin_keys.contains([words.lower()]) | (Person.name_key == name_key(words))
    else:
        condition = Person.name_key.startswith(name_key(words), autoescape=True)
        if len(words) >= _FEWEST_OF_A_PLACE:
            condition |= _by_place(session, scheme, words)
    return condition


def _by_number(session: UnitSession, scheme: str, words: str, compact: str) -> ColumnElement[bool]:
    keyring = session.keyring
    numbers = [compact]
    if len(compact) == 15 and compact.isascii() and compact.isdigit():
        numbers.append(upgraded(compact))
    cards = {keyring.blind(form, CARD) for form in (words, compact, words.upper())}
    households = session.scalars(
        select(Household.id).where(Household.scheme == scheme, Household.card_hash.in_(cards))
    ).all()
    found = or_(
        Person.certno_hash.in_([keyring.blind(number, CERTNO) for number in numbers]),
        Person.phone_hash == keyring.blind(compact, PHONE),
    )
    if households:
        found |= Person.id.in_(_on_register(session, scheme, RosterFact.household_id.in_(households)))
    return found


def _by_place(session: UnitSession, scheme: str, words: str) -> ColumnElement[bool]:
    there = RosterFact.village.contains(words, autoescape=True) | RosterFact.town.contains(
        words, autoescape=True
    )
    return Person.id.in_(_on_register(session, scheme, there))


def _on_register(session: UnitSession, scheme: str, condition: ColumnElement[bool]) -> Sequence[uuid.UUID]:
    """Return the people of the newest register whose row fulfils a condition."""
    effective = effective_imports(session, scheme)
    register = register_of(effective, effective[-1].month) if effective else ()
    rows = session.scalars(
        select(RosterFact.person_id)
        .where(
            RosterFact.scheme == scheme,
            RosterFact.month.in_({one.month for one in register}),
            RosterFact.import_id.in_([one.id for one in register]),
            condition,
        )
        .distinct()
        .limit(5_000)
    )
    return rows.all()
