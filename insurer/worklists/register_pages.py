"""What the registers share: tabs by status with their counts, paging by place."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select

from insurer.claims.tracks.tables import AgencyFinding, Review
from insurer.platform.db import UnitSession
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Paging, ViewTab

SIZE: Final = 30


def page_of(total: int, count: int, first: int, following: str, unit: str) -> Paging:
    """Return where a page of a register stands in the whole."""
    return Paging(first if count else 0, first + count - 1, total, SIZE, unit, next=following)


def offset_of(arguments: Mapping[str, str]) -> int:
    """Read from which row on the address asks."""
    text = arguments.get("from", "1")
    return max(0, int(text) - 1) if text.isdigit() and len(text) < 8 else 0


def status_counts(
    session: UnitSession, table: type[Review] | type[AgencyFinding], scheme: str
) -> dict[str, int]:
    """Count a register by status."""
    rows = session.execute(
        select(table.status, func.count()).where(table.scheme == scheme).group_by(table.status)
    )
    return {row[0]: int(row[1]) for row in rows}


def status_tabs(
    base: str, scheme: str, words: Mapping[str, str], counts: Mapping[str, int], status: str
) -> tuple[ViewTab, ...]:
    """Return a tab for each status, and one for all."""
    tabs = [
        ViewTab(
            word, paths.with_query(base, scheme=kept(scheme), status=key), counts.get(key, 0), key == status
        )
        for key, word in words.items()
    ]
    everything = paths.with_query(base, scheme=kept(scheme), status="all")
    return (*tabs, ViewTab("全部", everything, sum(counts.values()), status not in words))


def next_href(base: str, scheme: str, status: str, start: int, found: Sequence[Any]) -> str:
    """Return the address of the following page, empty on the last."""
    if len(found) <= SIZE:
        return ""
    return paths.with_query(base, scheme=kept(scheme), status=status, **{"from": start + SIZE + 1})
