"""A case whose bills lie in two years: each year's limit is used, and given back, for itself."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import func, select

from insurer.claims.lifecycle import State
from insurer.claims.operations.calculation import calculate_claims
from insurer.claims.operations.deciding import recall
from insurer.claims.operations.settlement_rows import Entry, write_settlements
from insurer.claims.tables import Claim, Decision, LimitAccount, LimitEntry
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.platform.storage import Storage
from tests.factories.desk import (
    NOW,
    SCHEME,
    ZHANG,
    decide,
    hire,
    put_on_roster,
    raw_record,
    records,
    take_in,
)
from tests.factories.upstream import corrected, reversal

Crew = tuple[Actor, Actor, Actor]
EARLIER = {"begndate": "2025-12-20", "enddate": "2025-12-20", "setl_time": "2025-12-20 10:00:00"}


@pytest.fixture
def crew(session: UnitSession, storage: Storage) -> Crew:
    put_on_roster(session, storage, [(ZHANG, "张桂芳")], month=date(2024, 12, 1))
    put_on_roster(session, storage, [(ZHANG, "张桂芳")])
    return (
        hire(session, "clerk", "clerk"),
        hire(session, "first", "clerk"),
        hire(session, "second", "reviewer"),
    )


@pytest.fixture
def claim_id(session: UnitSession, crew: Crew) -> UUID:
    """A case with a bill of March 2026 and one of December 2025, each with 100 yuan outside the catalogue."""
    made = take_in(session, crew[0], raw_record("s1")).new[0]
    (earlier,) = records(raw_record("s0", **EARLIER))
    write_settlements(session, SCHEME, [Entry(earlier, made)], NOW)
    calculate_claims(session, actor=crew[0], claim_ids=[made], now=NOW)
    return made


def _used(session: UnitSession) -> dict[int, int]:
    rows = session.execute(select(LimitAccount.year, LimitAccount.used_fen))
    return {row.year: row.used_fen for row in rows}


def _entries(session: UnitSession) -> list[tuple[int, str, int]]:
    rows = select(LimitEntry.year, LimitEntry.kind, LimitEntry.amount_fen).order_by(
        LimitEntry.at, LimitEntry.year, LimitEntry.kind.desc()
    )
    return [tuple(row) for row in session.execute(rows)]


def test_the_limit_of_each_year_is_used_for_its_bill(
    session: UnitSession, crew: Crew, claim_id: UUID
) -> None:
    _, first, second = crew
    decide(session, first, second, claim_id)
    session.flush()
    assert _used(session) == {2025: 5_000, 2026: 5_000}
    assert _entries(session) == [(2025, "use", 5_000), (2026, "use", 5_000)]


def test_a_recalled_decision_gives_both_years_back(session: UnitSession, crew: Crew, claim_id: UUID) -> None:
    _, first, second = crew
    decide(session, first, second, claim_id)
    recall(session, actor=second, claim_id=claim_id, opinion="还要再看", now=NOW)
    session.flush()
    assert _used(session) == {2025: 0, 2026: 0}
    decide(session, first, second, claim_id)
    session.flush()
    assert _used(session) == {2025: 5_000, 2026: 5_000}


def test_a_correction_of_one_bill_gives_both_years_back_and_uses_them_anew(
    session: UnitSession, crew: Crew, claim_id: UUID
) -> None:
    clerk, first, second = crew
    decide(session, first, second, claim_id)
    take_in(session, clerk, corrected(raw_record("s0", **EARLIER)))
    assert session.get_one(Claim, claim_id).state == State.REOPENED
    assert _used(session) == {2025: 0, 2026: 0}
    decide(session, first, second, claim_id)
    session.flush()
    assert _used(session) == {2025: 5_000, 2026: 5_000}


def test_a_reversed_bill_gives_its_own_year_back(session: UnitSession, crew: Crew, claim_id: UUID) -> None:
    clerk, first, second = crew
    decide(session, first, second, claim_id)
    take_in(session, clerk, reversal(raw_record("s0", **EARLIER), "s9", reverses="s0"))
    assert session.get_one(Claim, claim_id).state == State.REOPENED
    decide(session, first, second, claim_id)
    session.flush()
    assert _used(session) == {2025: 0, 2026: 5_000}
    assert session.scalar(select(func.count()).select_from(Decision)) == 3
