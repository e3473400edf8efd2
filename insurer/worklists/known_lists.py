"""The lists that keep columns and views, by name, and the pages on which these are chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import parse_qs, urlsplit

from insurer.accounts.permissions import ROLE_WORDS
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.batch_list import BATCHES, batch_words
from insurer.worklists.batch_list import CONDITIONS as OF_BATCHES
from insurer.worklists.case_columns import CASES
from insurer.worklists.case_conditions import TEXTS, read_conditions, tags_of
from insurer.worklists.letter_list import CONDITIONS, NOTICES, letter_words
from insurer.worklists.listing import ListKind
from insurer.worklists.people_list import KEPT, PEOPLE, people_words
from insurer.worklists.preferences import DENSITIES, load_preferences
from insurer.worklists.rosters import CONDITIONS as OF_ROSTERS
from insurer.worklists.rosters import ROSTERS, roster_words
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice, Trouble
from insurer.worklists.views.lists import ColumnChoice, ColumnsPage, ViewRow, ViewsPage

Words = Callable[[dict[str, str], Actor, date], tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class KnownList:
    """A list with its word, the section it stands in, who may see it, and what a view of it keeps."""

    kind: ListKind
    word: str
    section: str
    permission: str
    conditions: Sequence[str]
    words: Words


def _case_words(values: dict[str, str], actor: Actor, today: date) -> tuple[tuple[str, str], ...]:
    tags = tags_of(read_conditions(values, actor=actor, today=today))
    return tuple((tag.label, tag.value) for tag in tags)


def _batch_words(values: dict[str, str], _actor: Actor, _today: date) -> tuple[tuple[str, str], ...]:
    return batch_words(values)


def _roster_words(values: dict[str, str], _actor: Actor, _today: date) -> tuple[tuple[str, str], ...]:
    return roster_words(values)


def _people_words(values: dict[str, str], _actor: Actor, _today: date) -> tuple[tuple[str, str], ...]:
    return people_words(values)


def _letter_words(values: dict[str, str], _actor: Actor, _today: date) -> tuple[tuple[str, str], ...]:
    return letter_words(values)


_KNOWN: Final = {
    CASES.name: KnownList(CASES, "案件", "cases", "claims.view", TEXTS, _case_words),
    NOTICES.name: KnownList(NOTICES, "通知书", "notices", "notices.view", CONDITIONS, _letter_words),
    PEOPLE.name: KnownList(PEOPLE, "人员", "people", "people.view", KEPT, _people_words),
    BATCHES.name: KnownList(BATCHES, "付款批次", "payments", "payments.view", OF_BATCHES, _batch_words),
    ROSTERS.name: KnownList(ROSTERS, "名册", "rosters", "rosters.view", OF_ROSTERS, _roster_words),
}


def known_list(name: str) -> KnownList | None:
    """Return a list by its name."""
    return _KNOWN.get(name)


def values_of(found: KnownList, address: str) -> dict[str, str]:
    """Return what a view keeps of a list's address: conditions, sorting, scheme."""
    query = parse_qs(urlsplit(address).query)
    kept = (*found.conditions, "sort", "scheme")
    return {name: ",".join(query[name])[:200] for name in kept if query.get(name)}


def load_columns(session: UnitSession, *, actor: Actor, found: KnownList, back: str) -> ColumnsPage:
    """Return the form that chooses columns: the shown ones in their order, then the others."""
    preferences = load_preferences(session, actor=actor, list_name=found.kind.name)
    shown = found.kind.chosen(preferences.columns)
    rest = [column for column in found.kind.columns if column not in shown]
    density = preferences.density or "dense"
    return ColumnsPage(
        word=found.word,
        columns=tuple(
            ColumnChoice(column.key, column.word, column in shown, column.fixed, place)
            for place, column in enumerate([*shown, *rest], 1)
        ),
        densities=tuple(Choice(key, word, key == density) for key, word in DENSITIES.items()),
        action=f"/lists/{found.kind.name}/columns",
        back=back,
        current=found.section,
    )


def load_views(
    session: UnitSession,
    *,
    actor: Actor,
    found: KnownList,
    back: str,
    today: date,
    name: str = "",
    shared_role: str = "",
    as_default: bool = False,
    troubles: tuple[Trouble, ...] = (),
) -> ViewsPage:
    """Return the views of a list that the reader sees, and the form that keeps the present conditions."""
    preferences = load_preferences(session, actor=actor, list_name=found.kind.name)
    base = parse_qs(urlsplit(back).query).get("base", [""])[0]
    own = next((view for view in preferences.views if view.own and str(view.id) == base), None)
    rows = tuple(
        ViewRow(
            id=str(view.id),
            name=view.name,
            href=paths.with_query(found.kind.path, view=str(view.id)),
            conditions=found.words(dict(view.conditions), actor, today),
            shared=f"{view.shared_word}岗位都能用" if view.shared_word else "只给自己",
            owner=view.owner,
            own=view.own,
            is_default=view.id == preferences.default_view,
        )
        for view in preferences.views
    )
    chosen = shared_role or (own.shared_role if own else "")
    return ViewsPage(
        word=found.word,
        rows=rows,
        conditions=found.words(values_of(found, back), actor, today),
        name=name or (own.name if own else ""),
        roles=tuple(
            Choice(key, word, key == chosen)
            for key, word in [("", "只给自己"), *((key, f"{word}岗位") for key, word in ROLE_WORDS.items())]
        ),
        action=f"/lists/{found.kind.name}/views",
        back=back,
        current=found.section,
        all_is_default=preferences.default_view is None,
        as_default=as_default,
        troubles=troubles,
    )
