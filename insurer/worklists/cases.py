"""案件: the list with its conditions, sorting, stable paging and sums."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from sqlalchemy import func, select

from insurer.accounts.permissions import holds
from insurer.accounts.queries import list_staff
from insurer.claims.lifecycle import WORDS
from insurer.claims.operations.assigning import may_have_cases
from insurer.claims.rules import VISIT_WORDS
from insurer.claims.tables import Claim
from insurer.claims.working_days import calendar_in_force
from insurer.kernel.dates import business_day
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.case_columns import CASES, SUMMED, Found, case_row, case_rows
from insurer.worklists.case_conditions import (
    CHANNEL_WORDS,
    GROUPS,
    NOBODY,
    Conditions,
    read_conditions,
    tags_of,
)
from insurer.worklists.case_tabs import conditions_of, plain_states, state_sums, tabs
from insurer.worklists.hospitals import find_hospitals
from insurer.worklists.list_frame import ALL, asked_for
from insurer.worklists.listing import Order, heads, page_of, paging, place_of, read_order, reading_order
from insurer.worklists.preferences import DENSITIES, Preferences
from insurer.worklists.selections import find_picked
from insurer.worklists.towns import towns
from insurer.worklists.views import paths
from insurer.worklists.views.cases import CaseFilter, CaseListPage
from insurer.worklists.views.elements import Choice, ViewTab
from insurer.worklists.views.lists import ListTools

_FURTHER: Final = (
    "received_from",
    "received_to",
    "due_on_from",
    "due_on_to",
    "payable_from",
    "payable_to",
    "channel",
    "review",
)
"""Conditions that the form shows only when asked."""

_HIDDEN: Final = ("due", "who", "age")
"""Conditions that come from a queue or a tab: the form carries them along."""


def load_cases(
    session: UnitSession, *, actor: Actor, arguments: Mapping[str, str], now: datetime
) -> CaseListPage:
    """Return the page that the address asks for: at most twelve statements."""
    today = business_day(now)
    asked = asked_for(session, actor=actor, kind=CASES, arguments=arguments)
    conditions = read_conditions(
        asked.arguments,
        actor=actor,
        today=today,
        calendar=calendar_in_force(session),
        hospitals=lambda scheme, words: find_hospitals(session, scheme, words),
    )
    order = read_order(CASES, asked.arguments)
    sums = state_sums(session, conditions.scheme)
    states = plain_states(conditions)
    total, personal, payable = _sums(session, conditions) if states is None else sums.of(states or None)
    statement = page_of(CASES, case_rows(conditions.where, now), order).add_columns(order.column.sort)
    listed, more = reading_order(CASES, session.execute(statement).all(), order)
    calendar = calendar_in_force(session)
    rows = tuple(case_row(cast(Found, tuple(row)[:-1]), today, calendar) for row in listed)
    staff = [one for one in list_staff(session) if may_have_cases(one)]
    views = tabs(session, conditions, order.text, asked.preferences, sums, actor, today)
    columns = CASES.chosen(asked.preferences.columns)
    if order.column not in columns:  # what a list is sorted by can be seen
        columns = (*columns, order.column)
    ends = [place_of(row[-1], row[0].case_no) for row in (listed[0], listed[-1])] if listed else []
    places = (ends[0], ends[1]) if ends else None
    owners = {str(one.id): one.name for one in staff}
    return CaseListPage(
        views=views,
        filter=_filter(conditions, owners, towns(session, conditions.scheme)),
        tags=tags_of(conditions, owners),
        clear_href=paths.with_query(
            paths.CASES,
            scheme=conditions.without()["scheme"],
            view=ALL if asked.preferences.default_view else "",
        ),
        columns=heads(columns, CASES, order, lambda sort: conditions.href(sort=sort)),
        rows=rows,
        paging=paging(CASES, order, places, len(rows), more, total, lambda more: conditions.href(**more)),
        matches_personal=personal,
        matches_payable=payable,
        sums={key: sum(getattr(row, key) or 0 for row in rows) for key in SUMMED},
        tools=_tools(conditions, order, asked.preferences, views, total),
        picked=find_picked(session, actor=actor, name=arguments.get("picked", ""), back=conditions.href()),
        one_year=len({row.settled_on.year for row in rows if row.settled_on}) <= 1,
        may_accept=holds(actor, "claims.accept"),
        may_assign=holds(actor, "claims.assign"),
        may_print=holds(actor, "notices.print"),
        unsettled="；".join(problem.message for problem in conditions.problems),
    )


def _sums(session: UnitSession, conditions: Conditions) -> tuple[int, int, int]:
    burden = func.coalesce(func.sum(Claim.burden_fen), 0)
    benefit = func.coalesce(func.sum(Claim.benefit_fen), 0)
    row = session.execute(select(func.count(), burden, benefit).where(*conditions.where)).one()
    return int(row[0]), int(row[1]), int(row[2])


def _tools(
    conditions: Conditions, order: Order, preferences: Preferences, views: Sequence[ViewTab], total: int
) -> ListTools:
    here = conditions.href(sort=order.text)
    saved = any(view.current for view in views)
    density = preferences.density or "dense"
    base = f"/lists/{CASES.name}"
    return ListTools(
        columns_href=paths.with_query(f"{base}/columns", back=here),
        views_href=paths.with_query(f"{base}/views", back=here),
        save_href=""
        if saved or not conditions_of(conditions.texts)
        else paths.with_query(f"{base}/views", back=here),
        density=density,
        density_action=f"{base}/density",
        densities=tuple(Choice(key, word, key == density) for key, word in DENSITIES.items()),
        export_action=_with(conditions, order, f"{paths.CASES}/export") if total else "",
        select_action=_with(conditions, order, f"{paths.CASES}/select") if total else "",
        back=here,
    )


def _with(conditions: Conditions, order: Order, path: str) -> str:
    return paths.with_query(path, **conditions.without(), sort=order.text)


def _filter(conditions: Conditions, owners: Mapping[str, str], known_towns: Sequence[str]) -> CaseFilter:
    get = conditions.get
    chosen = conditions.values("status")
    words = {
        **{key: group[0] for key, group in GROUPS.items()},
        **{key.value: word.word for key, word in WORDS.items()},
    }
    hidden = [("scheme", conditions.without()["scheme"]), ("base", conditions.base)]
    hidden += [(name, get(name)) for name in _HIDDEN]
    town_choices = [(town, town) for town in known_towns]
    if get("town") and get("town") not in known_towns:
        town_choices.append((get("town"), get("town")))
    return CaseFilter(
        statuses=tuple(Choice(key, word, key in chosen) for key, word in words.items()),
        status_words="、".join(words[key] for key in chosen if key in words) or "不限",
        visits=_choices([("", "不限"), *VISIT_WORDS.items()], get("visit")),
        towns=_choices([("", "不限"), *town_choices], get("town")) if town_choices else (),
        owners=_choices([("", "不限"), (NOBODY, "没有人"), *owners.items()], get("owner")),
        channels=_choices([("", "不限"), *CHANNEL_WORDS.items()], get("channel")),
        texts=dict(conditions.texts),
        review=get("review") == "1",
        more=any(get(name) for name in _FURTHER),
        kept=tuple((name, value) for name, value in hidden if value),
    )


def _choices(options: Sequence[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, text, value == chosen) for value, text in options)
