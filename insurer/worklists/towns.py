"""What the newest roster row says of people: towns and streets, who lives there now, who is of a category."""

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
    return _newest_says(person_id, scheme, "town", town)


def is_of_category(person_id: Any, scheme: str, category: str) -> ColumnElement[bool]:
    """Return the condition that the newest roster row of a person (a column of ids) says the category."""
    return _newest_says(person_id, scheme, "category", category)


def _newest_says(person_id: Any, scheme: str, what: str, value: str) -> ColumnElement[bool]:
    said = getattr(RosterStatement, what)
    ever = (
        select(RosterStatement.person_id)
        .where(RosterStatement.scheme == scheme, said == value)
        .distinct()
        .subquery()
    )
    newest = aliased(RosterFact)
    said_now = (
        select(getattr(newest, what))
        .where(newest.person_id == ever.c.person_id)
        .order_by(newest.month.desc(), newest.import_id.desc())
        .limit(1)
        .correlate(ever)
        .scalar_subquery()
    )
    # Of most people nothing else was ever said: only of the others the newest row is looked up.
    otherwise = select(RosterStatement.person_id).where(RosterStatement.scheme == scheme, said != value)
    still = or_(ever.c.person_id.not_in(otherwise), said_now == value)
    there: ColumnElement[bool] = person_id.in_(select(ever.c.person_id).where(still))
    # As a truth value and no join: these people are found once, whatever the order of the list.
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
