"""What stands around the rows of a list: its address read, a saved view filled in, tabs, heads, tools.

A list declares its :class:`~insurer.worklists.listing.ListKind` and its conditions; everything that every
list has comes from the :class:`Frame` of one reader's request.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from insurer.kernel.dates import SHANGHAI, parse_date
from insurer.kernel.errors import NotFound
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.listing import ListColumn, ListKind, Order, heads, paging, place_of, read_order
from insurer.worklists.preferences import DENSITIES, Preferences, load_preferences, open_view
from insurer.worklists.programmes import chosen, kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice, Column, Paging, Tag, ViewTab
from insurer.worklists.views.lists import ListParts, ListTools

ALL: Final = "all"
"""In ``view``: everything, also where the bare address opens with conditions."""

_LONGEST: Final = 60
_PLACES: Final = ("picked", "after", "before", "from", "end")


@dataclass(frozen=True, slots=True)
class Asked:
    """An address read: its arguments with a saved view filled in, and the reader's preferences."""

    arguments: Mapping[str, str]
    preferences: Preferences


def asked_for(session: UnitSession, *, actor: Actor, kind: ListKind, arguments: Mapping[str, str]) -> Asked:
    """Fill in a saved view: the one that ``view`` names, or the one that the list opens with.

    :class:`~insurer.kernel.errors.NotAllowed` for a view that is another's alone.
    """
    preferences = load_preferences(session, actor=actor, list_name=kind.name)
    named = arguments.get("view", "")
    if not named and not set(arguments) - {"scheme", "done", "picked"}:
        if preferences.default_view and preferences.view(preferences.default_view):
            named = str(preferences.default_view)  # and else it is shared no longer
        else:
            arguments = {**arguments, **kind.opens_with}
    if not named or named == ALL:
        return Asked(arguments, preferences)
    try:
        view_id = UUID(named)
    except ValueError as error:
        raise NotFound("没有这个视图，可能已经删掉。请从列表上方选一个") from error
    view = preferences.view(view_id) or open_view(session, actor=actor, list_name=kind.name, view_id=view_id)
    rest = {key: text for key, text in arguments.items() if key in _PLACES}
    return Asked({**view.conditions, **rest, "base": str(view.id)}, preferences)


@dataclass(frozen=True, slots=True)
class Frame:
    """A list as one reader asked for it; ``texts`` are the conditions that are set, as typed."""

    kind: ListKind
    scheme: str
    texts: Mapping[str, str]
    order: Order
    preferences: Preferences
    base: str = ""

    def get(self, name: str) -> str:
        """Return a condition as typed, empty when it is not set."""
        return self.texts.get(name, "")

    def href(self, *without: str, **more: str) -> str:
        """Return the list's address under its conditions, less some of them."""
        left = {name: text for name, text in self.texts.items() if name not in without}
        return paths.with_query(
            self.kind.path,
            **{"scheme": kept(self.scheme), **(left or self.whole), "base": self.base, **more},
        )

    @property
    def whole(self) -> Mapping[str, str]:
        """Return what the address of the whole list needs: the bare one may open with conditions."""
        return {"view": ALL} if self.preferences.default_view or self.kind.opens_with else {}

    @property
    def columns(self) -> tuple[ListColumn, ...]:
        """Return the columns that the reader chose; what a list is sorted by can be seen."""
        columns = self.kind.chosen(self.preferences.columns)
        return columns if self.order.column in columns else (*columns, self.order.column)

    @property
    def heads(self) -> tuple[Column, ...]:
        """Return the heads of the columns."""
        return heads(self.columns, self.kind, self.order, lambda sort: self.href(sort=sort))

    @property
    def clear_href(self) -> str:
        """Return the address of the whole list."""
        return paths.with_query(self.kind.path, **{"scheme": kept(self.scheme), **self.whole})

    @property
    def kept_fields(self) -> tuple[tuple[str, str], ...]:
        """Return what the form of conditions carries along."""
        hidden = (("scheme", kept(self.scheme)), ("base", self.base))
        return tuple((name, value) for name, value in hidden if value)

    def choices(self, name: str, words: Mapping[str, str]) -> tuple[Choice, ...]:
        """Return the options of a condition, the first of which is none."""
        return tuple(Choice(key, word, key == self.get(name)) for key, word in {"": "不限", **words}.items())

    def tag(self, label: str, value: str, *names: str) -> Tag:
        """Return the tag of a condition, which may have several names."""
        return Tag(label, value, self.href(*names))

    def words(self, tags: Sequence[Tag]) -> str:
        """Return the conditions in one line, as an export names them."""
        return "；".join(f"{tag.label} {tag.value}" for tag in tags) or "全部"

    def paging(
        self, listed: Sequence[Any], more: bool, total: int, number: Callable[[Any], object]
    ) -> Paging:
        """Return where the page stands; the last value of each row is that of the sorted column."""
        hidden = self.order.column.personal
        rows = (listed[0], listed[-1]) if listed else ()
        ends = [place_of("" if hidden else row[-1], number(row)) for row in rows]
        places = (ends[0], ends[1]) if ends else None
        return paging(self.kind, self.order, places, len(listed), more, total, lambda at: self.href(**at))

    def tabs(
        self,
        fixed: Sequence[tuple[str, Mapping[str, str], int | None]],
        count: Callable[[str, Mapping[str, str]], int],
    ) -> tuple[ViewTab, ...]:
        """Return the tabs: fixed ones (word, conditions, count), then the saved views.

        ``count`` counts the rows of a programme under conditions.
        """
        found: list[ViewTab] = []
        current = None
        for word, texts, number in fixed:
            same = dict(texts) == dict(self.texts) and current is None
            current = word if same else current
            href = paths.with_query(self.kind.path, **{"scheme": kept(self.scheme), **(texts or self.whole)})
            found.append(ViewTab(word, href, number, same))
        for view in self.preferences.views:
            asked = {name: text for name, text in view.conditions.items() if name not in ("sort", "scheme")}
            scheme = chosen(view.conditions.get("scheme"))
            same = current is None and (scheme, asked) == (self.scheme, dict(self.texts))
            same = same and view.conditions.get("sort", "") == self.order.text
            current = view.name if same else current
            href = paths.with_query(self.kind.path, view=str(view.id))
            found.append(ViewTab(view.name, href, count(scheme, asked), same, "" if view.own else view.owner))
        return tuple(found)

    def parts(
        self, views: tuple[ViewTab, ...], tags: tuple[Tag, ...], pages: Paging, unsettled: str = ""
    ) -> ListParts:
        """Return what stands around the rows."""
        return ListParts(
            views,
            self.heads,
            pages,
            tags,
            self.clear_href,
            self.texts,
            self.kept_fields,
            self._tools(views, pages.total),
            unsettled,
        )

    def _tools(self, views: Sequence[ViewTab], total: int) -> ListTools:
        here = self.href(sort=self.order.text)
        own = f"/lists/{self.kind.name}"
        saved = not self.texts or any(view.current for view in views)
        density = self.preferences.density or "dense"
        asked = {"scheme": kept(self.scheme), **self.texts, "sort": self.order.text}
        return ListTools(
            columns_href=paths.with_query(f"{own}/columns", back=here),
            views_href=paths.with_query(f"{own}/views", back=here),
            save_href="" if saved else paths.with_query(f"{own}/views", back=here),
            density=density,
            density_action=f"{own}/density",
            densities=tuple(Choice(key, word, key == density) for key, word in DENSITIES.items()),
            export_action=paths.with_query(f"{self.kind.path}/export", **asked) if total else "",
            back=here,
        )


def frame_of(
    session: UnitSession,
    *,
    actor: Actor,
    kind: ListKind,
    conditions: Sequence[str],
    arguments: Mapping[str, str],
) -> Frame:
    """Read an address: conditions, sorting, place, the saved view it names."""
    asked = asked_for(session, actor=actor, kind=kind, arguments=arguments)
    return read_frame(kind, conditions, asked.arguments, asked.preferences)


def read_frame(
    kind: ListKind,
    conditions: Sequence[str],
    arguments: Mapping[str, str],
    preferences: Preferences = Preferences(),  # noqa: B008 (frozen)
) -> Frame:
    """Return the frame of arguments that no saved view completes."""
    texts = {name: arguments.get(name, "").strip()[:_LONGEST] for name in conditions}
    return Frame(
        kind,
        chosen(arguments.get("scheme")),
        {name: text for name, text in texts.items() if text and text in kind.values.get(name, (text,))},
        read_order(kind, arguments),
        preferences,
        arguments.get("base", "")[:36],
    )


def day_bound(column: Any, end: str, text: str, *, moments: bool = False) -> Any:
    """Return the condition that a column lies from, or up to and with, a day; ``ValueError`` for no day."""
    day = parse_date(text)
    if not moments:
        return column >= day if end == "from" else column <= day
    moment = datetime.combine(day + timedelta(days=end == "to"), time(), SHANGHAI)
    return column >= moment if end == "from" else column < moment


def range_words(low: str, high: str) -> str:
    """Return a range of days in words."""
    if low and high:
        return f"{low} 至 {high}"
    return f"{low} 起" if low else f"到 {high}"
