"""The tabs above the case list: the fixed views and the saved ones, each with its count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select

from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.case_conditions import TEXTS, Conditions, read_conditions, states_of
from insurer.worklists.hospitals import find_hospitals
from insurer.worklists.list_frame import ALL
from insurer.worklists.preferences import KeptView, Preferences
from insurer.worklists.views import paths
from insurer.worklists.views.elements import ViewTab

FIXED: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("全部", {}),
    ("要办的", {"status": "todo"}),
    ("待复核", {"status": "proposed"}),
    ("待付款", {"status": "payable"}),
    ("将超时", {"due": "soon"}),
    ("我的待办", {"status": "todo", "who": "me"}),
)


@dataclass(frozen=True, slots=True)
class StateSums:
    """Number and amounts (fen) of the cases of one scheme in each state."""

    counts: Mapping[str, int]
    personal: Mapping[str, int]
    payable: Mapping[str, int]

    def of(self, states: Sequence[str] | None) -> tuple[int, int, int]:
        """Return number and amounts of some states, or of all."""
        wanted = self.counts.keys() if states is None else states
        return (
            sum(self.counts.get(state, 0) for state in wanted),
            sum(self.personal.get(state, 0) for state in wanted),
            sum(self.payable.get(state, 0) for state in wanted),
        )


def state_sums(session: UnitSession, scheme: str) -> StateSums:
    """Count and add up the cases of a scheme by state: one pass over an index."""
    rows = session.execute(
        select(
            Claim.state,
            func.count(),
            func.coalesce(func.sum(Claim.burden_fen), 0),
            func.coalesce(func.sum(Claim.benefit_fen), 0),
        )
        .where(Claim.scheme == scheme)
        .group_by(Claim.state)
    ).all()
    return StateSums(
        {row[0]: int(row[1]) for row in rows},
        {row[0]: int(row[2]) for row in rows},
        {row[0]: int(row[3]) for row in rows},
    )


def plain_states(conditions: Conditions) -> tuple[str, ...] | None:
    """Return the states asked for, if nothing else is asked; ``()`` for every state, ``None`` otherwise."""
    if not conditions.texts:
        return ()
    found = states_of(conditions.get("status"))
    return found if set(conditions.texts) == {"status"} and found else None


def tabs(
    session: UnitSession,
    conditions: Conditions,
    sort: str,
    preferences: Preferences,
    sums: StateSums,
    actor: Actor,
    today: date,
) -> tuple[ViewTab, ...]:
    """Return the tabs; what the states cannot count is counted in one further statement."""
    active, scheme = dict(conditions.texts), conditions.without()["scheme"]
    asked: list[tuple[str, Mapping[str, str], str, KeptView | None]] = [
        (word, texts, paths.with_query(paths.CASES, scheme=scheme, **(texts or _all(preferences))), None)
        for word, texts in FIXED
    ]
    for view in preferences.views:
        asked.append((view.name, view.conditions, paths.with_query(paths.CASES, view=str(view.id)), view))
    counts: list[int | None] = []
    others = {}
    for place, (_, texts, _, _) in enumerate(asked):
        read = read_conditions(
            {"scheme": conditions.scheme, **texts},
            actor=actor,
            today=today,
            calendar=calendar_in_force(session),
            hospitals=lambda one, words: find_hospitals(session, one, words),
        )
        states = plain_states(read)
        if read.scheme == conditions.scheme and states is not None:
            counts.append(sums.of(states or None)[0])
        else:
            counts.append(None)
            others[place] = select(func.count()).select_from(Claim).where(*read.where).scalar_subquery()
    if others:
        row = session.execute(select(*others.values())).one()
        for place, count in zip(others, row, strict=True):
            counts[place] = int(count)
    found = []
    taken = False
    for (word, texts, href, kept_view), count in zip(asked, counts, strict=True):
        same = conditions_of(texts) == active
        if kept_view is not None:
            same = same and texts.get("sort", "") == sort and texts.get("scheme", "") == scheme
        current = same and not taken
        taken = taken or current
        shared = "" if kept_view is None or kept_view.own else kept_view.owner
        found.append(ViewTab(word, href, count, current, shared))
    return tuple(found)


def _all(preferences: Preferences) -> dict[str, str]:
    return {"view": ALL} if preferences.default_view else {}


def conditions_of(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the conditions among the values of an address."""
    return {name: text for name, text in texts.items() if name in TEXTS and text}
