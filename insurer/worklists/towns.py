"""Towns and streets as rosters name them: which there are, and who lives there now."""

from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select, text, true
from sqlalchemy.orm import aliased

from insurer.people.tables import RosterFact, RosterStatement
from insurer.platform.db import UnitSession

MOST: Final = 500

# One look into the index for each town, however many rows name it.
_TOWNS: Final = text(
    """
    WITH RECURSIVE found(town) AS (
        (SELECT min(town) FROM roster_statement WHERE scheme = :scheme)
        UNION ALL
        SELECT (SELECT min(town) FROM roster_statement WHERE scheme = :scheme AND town > found.town)
          FROM found WHERE found.town IS NOT NULL
    )
    SELECT town FROM found WHERE town IS NOT NULL AND town <> '' LIMIT :most
    """
)


def towns(session: UnitSession, scheme: str) -> list[str]:
    """Return the towns and streets that rosters of a scheme name."""
    return list(session.scalars(_TOWNS, {"scheme": scheme, "most": MOST}))


def lives_in(person_id: Any, scheme: str, town: str) -> ColumnElement[bool]:
    """Return the condition that the newest roster row of a person (a column of ids) names the town."""
    ever = (
        select(RosterStatement.person_id)
        .where(RosterStatement.scheme == scheme, RosterStatement.town == town)
        .distinct()
        .subquery()
    )
    newest = aliased(RosterFact)
    town_now = (
        select(newest.town)
        .where(newest.person_id == ever.c.person_id)
        .order_by(newest.month.desc(), newest.import_id.desc())
        .limit(1)
        .correlate(ever)
        .scalar_subquery()
    )
    # Most people were never said to live elsewhere: only of the others the newest row is looked up.
    elsewhere = select(RosterStatement.person_id).where(
        RosterStatement.scheme == scheme, RosterStatement.town != town
    )
    still = or_(ever.c.person_id.not_in(elsewhere), town_now == town)
    there: ColumnElement[bool] = person_id.in_(select(ever.c.person_id).where(still))
    # As a truth value and no join: the people of the town are found once, whatever the order of the list.
    return there.is_(true())


def town_now(person_id: Any) -> Any:
    """Return the town that the newest roster row of a person (a column of ids) names, as a column."""
    newest = aliased(RosterFact)
    return (
        select(newest.town)
        .where(newest.person_id == person_id)
        .order_by(newest.month.desc(), newest.import_id.desc())
        .limit(1)
        .scalar_subquery()
    )
