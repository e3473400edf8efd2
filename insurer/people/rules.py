"""Who is covered from which roster: pure decisions, no storage.

Changzhou-Xinbei 二(一): people on the register in December are covered for the whole following year; people
approved during a year are covered from the first of the approval month; nobody who is covered loses it
before 31 December (readings A1 ``month`` and A2 ``year``). Only residents in the resident scheme count:
an employee-scheme person is a fact on the roster without cover.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from insurer.kernel.dates import next_month

XINBEI: Final = "changzhou-xinbei"
NANTONG: Final = "nantong"
SCHEMES: Final = (XINBEI, NANTONG)

EXITS: Final = frozenset({"cancelled", "stopped", "left", "died", "moved_out"})
"""Changes after which a person listed on a roster no longer stands on the register."""

INSURED_CATEGORY: Final = "min_living_allowance"
RESIDENT: Final = "390"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the roster of one month says about one person.

    ``insutype`` is "" when the roster does not say; ``approved_on`` is the first of the month when the
    bureau gave only the month.
    """

    month: date
    categories: tuple[str, ...]
    insutype: str
    change: str
    approved_on: date | None

    @property
    def on_register(self) -> bool:
        """The person stands on the register of minimum allowance in this month."""
        return INSURED_CATEGORY in self.categories and self.change not in EXITS

    @property
    def insurable(self) -> bool:
        """On the register and, as far as the roster says, in the resident scheme."""
        return self.on_register and self.insutype in ("", RESIDENT)


@dataclass(frozen=True, slots=True)
class Span:
    """Cover of one year and its reason: ``december_roster``, ``approved_in_year`` or ``first_listed``."""

    year: int
    from_on: date
    until_on: date
    reason: str


def cover_spans(standing: Standing, *, before: Standing | None, earlier_known: bool) -> tuple[Span, ...]:
    """Return the cover that one roster month gives one person.

    ``before`` is what the newest earlier roster said of the person (None: not listed), ``earlier_known``
    whether there was one at all. Somebody who was not insurable on it is so now because of a decision in the
    meantime, whatever start the row names. Without any earlier roster a listing proves nothing about
    December or an approval in the year.
    """
    if not standing.insurable:
        return ()
    spans: list[Span] = []
    year = standing.month.year
    approved = standing.approved_on
    if approved is not None and approved.year == year:
        spans.append(Span(year, approved.replace(day=1), date(year, 12, 31), "approved_in_year"))
    elif earlier_known and (before is None or not before.insurable):
        listed_before = before is not None and before.on_register
        if approved is not None and approved.year == year - 1 and not listed_before:
            # The bureau's news came late: who was approved last year was insured then, too.
            spans.append(Span(year - 1, approved.replace(day=1), date(year - 1, 12, 31), "approved_in_year"))
        spans.append(Span(year, standing.month, date(year, 12, 31), "first_listed"))
    if standing.month.month == 12:
        spans.append(Span(year + 1, date(year + 1, 1, 1), date(year + 1, 12, 31), "december_roster"))
    return tuple(spans)


def roster_years(
    standings: Sequence[Standing], exits: Sequence[date], *, first_month: date
) -> dict[str, dict[str, object]]:
    """Return the ``person.roster`` part of a case document (interface section 2) from all months known.

    ``standings`` hold one entry for each month that lists the person, ``exits`` the months whose full roster
    no longer did, ``first_month`` is the earliest month of which the scheme has a roster: a first listing
    after it is an approval in the meantime. The earliest approval that any month names counts.

    ``removed_on`` is set only when the person was off the register at the end of what is known of the year:
    the last day before the month that missed him, or the first of the month that named his exit.
    """
    years: dict[int, dict[str, object]] = {}

    def of(year: int) -> dict[str, object]:
        return years.setdefault(
            year, {"on_previous_december": False, "approved_on": None, "removed_on": None}
        )

    events = sorted(
        [(standing.month, 1, standing) for standing in standings] + [(month, 0, None) for month in exits],
        key=lambda event: (event[0], event[1]),
    )
    before: Standing | None = None
    for month, _, standing in events:
        if standing is None or not standing.on_register:
            if before is not None and before.on_register:
                of(month.year)["removed_on"] = month - timedelta(days=1) if standing is None else month
        else:
            year = of(month.year)
            year["removed_on"] = None
            approved = standing.approved_on
            newly = month > first_month and (before is None or not before.on_register)
            late = approved is not None and approved.year == month.year - 1
            if newly and late and of(month.year - 1)["approved_on"] is None:
                of(month.year - 1)["approved_on"] = approved
            if approved is not None and approved.year == month.year:
                known = year["approved_on"]
                year["approved_on"] = min(known, approved) if isinstance(known, date) else approved
            elif year["approved_on"] is None and newly and not year["on_previous_december"]:
                year["approved_on"] = month
            if month.month == 12:
                of(month.year + 1)["on_previous_december"] = True
        before = standing
    return {str(year): years[year] for year in sorted(years)}


def identity_list(
    standings: Sequence[Standing],
    exits: Sequence[date],
    *,
    died_on: date | None = None,
    moved_on: date | None = None,
) -> list[dict[str, object]]:
    """Return the ``person.identities`` part of a case document: each category with its interval.

    An identity begins with the bureau's start date (or the month that first lists it) and is lost by the
    decision before the month that no longer lists it, or in the month that names the exit. It is lost earlier
    on the day of a death or a move that another list names: rosters go on listing people for months. Nothing
    begins after a death. After a move an identity begins anew when the person was off the roster in between,
    or was approved or restored since.
    """
    days = [day for day in (died_on, moved_on) if day is not None]
    open_since: dict[str, date] = {}
    found: list[dict[str, object]] = []

    def close(category: str, decided: date) -> None:
        started = open_since.pop(category)
        found.append({"category": category, "valid_from": started, "lost_decided_on": max(decided, started)})

    events = sorted(
        [(standing.month, 1, standing) for standing in standings]
        + [(month, 0, None) for month in exits]
        + [(day, 2, None) for day in days],
        key=lambda event: (event[0], event[1]),
    )
    over: set[str] = set()
    for day, order, standing in events:
        if order == 2:
            for category in [one for one, since in open_since.items() if since <= day]:
                close(category, day)
                over.add(category)
            if day == died_on:
                open_since.clear()
            continue
        left = standing is not None and standing.change in EXITS
        now = () if standing is None or left else standing.categories
        for category in [category for category in open_since if category not in now]:
            close(category, day if left else day - timedelta(days=1))
        over &= set(now)
        for category in now:
            start = standing.approved_on if standing is not None else None
            since = start or day
            if died_on is not None and day > died_on:
                if category not in over and since <= died_on:
                    open_since[category] = since
                    close(category, died_on)
                    over.add(category)
                continue
            fresh = standing is not None and standing.change in ("restored", "added")
            if category in over and not fresh and (start is None or moved_on is None or start <= moved_on):
                continue
            over.discard(category)
            open_since.setdefault(category, since)
    found.extend(
        {"category": category, "valid_from": started, "lost_decided_on": None}
        for category, started in open_since.items()
    )
    return sorted(found, key=lambda identity: (str(identity["valid_from"]), str(identity["category"])))


_CIVIL: Final = "民政部门"
CERTIFYING_BODIES: Final = {
    "extremely_poor": _CIVIL,
    "orphan": _CIVIL,
    "de_facto_unattended_child": _CIVIL,
    "other_child_in_difficulty": _CIVIL,
    "min_living_allowance": _CIVIL,
    "retrenched_1960s": _CIVIL,
    "low_income_margin": _CIVIL,
    "expenditure_poor_patient": "民政部门会同医疗保障等部门",
    "temporary_relief_patient": "民政部门会同医疗保障等部门",
    "disabled_soldier_1_10": "退役军人事务部门",
    "other_entitled_group": "退役军人事务部门",
    "hardship_worker": "总工会",
    "other_special_hardship": "总工会",
}
"""Category to who certifies it (Nantong, 十七)."""


def month_end(month: date) -> date:
    """Return the last day of a month."""
    return next_month(month) - timedelta(days=1)


_LISTS: Final = (
    ("deaths", re.compile("死亡|去世|身故|亡故")),
    ("moves", re.compile("迁出|迁移名单|户口迁")),
    ("additions", re.compile("新增|新纳入|新批|更正|补正|补报|补充")),
)
_ERROR_BOOK: Final = re.compile("错误|退回")


def kind_by_name(filename: str) -> str:
    """Return the kind of list that a file's name says it is, "" when it does not say."""
    return next((kind for kind, words in _LISTS if words.search(filename)), "")


def guess_kind(filename: str, *, rows: int, size: int, late: bool) -> str:
    """Guess which kind of list a file is: ``full``, ``additions``, ``deaths`` or ``moves``.

    The words of its name come first. ``late`` says that its month is known already: then a workbook that was
    sent back with errors is additions. A list of less than half of the ``size`` people known before is taken
    for additions, so that nobody is called gone by mistake; the clerk sees the guess and can change it.
    """
    named = kind_by_name(filename)
    if named:
        return named
    if late and _ERROR_BOOK.search(filename):
        return "additions"
    return "additions" if rows * 2 < size else "full"
