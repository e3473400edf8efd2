"""What surrounds every page: the reader's name, the sections they may open, the guard of forms."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from flask import g, request

from insurer.accounts.permissions import ROLE_WORDS, holds
from insurer.kernel.errors import Problem
from insurer.web.access import page_above, way_back
from insurer.web.forms import new_form_key
from insurer.web.kept import words_typed
from insurer.web.units import runtime
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Banner, Link, Shell, Trouble
from insurer.worklists.views.refusals import RefusalPage

SECTIONS: Final = (
    ("home", "待办", paths.HOME, "desk.view"),
    ("intake", "收件", paths.INTAKE, "claims.register"),
    ("cases", "案件", paths.CASES, "claims.view"),
    ("people", "人员", paths.PEOPLE, "people.view"),
    ("rosters", "名册", paths.ROSTERS, "rosters.view"),
    ("payments", "付款", paths.BATCHES, "payments.view"),
    ("notices", "通知书", paths.NOTICES, "notices.view"),
    ("exclusions", "除外清单", paths.EXCLUSIONS, "lists.view"),
)
"""Key, word, address and permission of each main part, in their order."""

REGISTERS: Final = (
    ("看板", paths.BOARD, "claims.board"),
    ("复核和投诉", paths.REVIEWS, "reviews.register"),
    ("给经办机构的差异", paths.FINDINGS, "claims.view"),
    ("追回", paths.RECOVERIES, "payments.view"),
    ("档案", paths.ARCHIVE, "claims.view"),
    ("工作日历", paths.CALENDAR, "calendar.view"),
    ("办理规则", paths.RULES, "claims.view"),
)
"""Word, address and permission of what stands in the reader's own menu."""

DENSITY: Final[dict[str, Literal["dense", "medium", "loose"]]] = {
    "dense": "dense",
    "middle": "medium",
    "medium": "medium",
    "loose": "loose",
}


def registers() -> tuple[Link, ...]:
    """Return the links of the reader's menu that he may open."""
    actor = g.get("actor")
    if actor is None:
        return ()
    return tuple(Link(word, href) for word, href, needed in REGISTERS if holds(actor, needed))


def page_shell(
    current: str = "",
    *,
    programme: str = "",
    year: int | None = None,
    search: str = "",
    banners: tuple[Banner, ...] = (),
    menu: tuple[Link, ...] = (),
) -> Shell:
    """Return the shell of a page for who is signed in, with a fresh form key."""
    settings, actor, staff = runtime().settings, g.get("actor"), g.get("staff")
    if actor is None or staff is None:
        return Shell(may_search=False, training=settings.training, form_key=new_form_key(), banners=banners)
    sections = tuple((key, word, href) for key, word, href, needed in SECTIONS if holds(actor, needed))
    return Shell(
        programme=programme,
        year=year,
        sections=sections,
        current=current,
        staff_name=staff.name,
        staff_role="、".join(word for role, word in ROLE_WORDS.items() if role in staff.roles),
        may_search=holds(actor, "claims.view"),
        idle_minutes=settings.idle_minutes,
        search=search,
        training=settings.training,
        keys_on=staff.single_keys,
        banners=banners,
        form_key=new_form_key(),
        density=DENSITY.get(staff.row_density, "medium"),
        menu=menu,
    )


def refusal_page(
    status: int, heading: str, text: str, problems: Sequence[Problem], number: str
) -> RefusalPage:
    """Return the view of a refusal."""
    troubles = tuple(
        Trouble(problem.field, _said(problem))
        for problem in problems
        if problem.message.rstrip("。") not in text
    )
    return RefusalPage(status, heading, text, _ways(), troubles, number, words_typed())


def _said(problem: Problem) -> str:
    """Return a problem for people: with its place, without the name that only programs use."""
    place = " ".join(part for part in (problem.where, problem.field) if part and not part.isascii())
    place = place or problem.where
    return f"{place}：{problem.message}" if place else problem.message


def _ways() -> tuple[Link, ...]:
    """Return where to go from a refusal: first back to the form, if it was one."""
    actor = g.get("actor")
    if actor is None:
        return (Link("去登录", paths.SIGN_IN),)
    home = Link("回到待办" if holds(actor, "desk.view") else "回到首页", paths.HOME)
    if request.method != "POST":
        return (home,)
    back = way_back()
    if back.partition("?")[0] in (paths.HOME, paths.SIGN_IN):
        back = page_above(request.path)
    return (home,) if back == paths.HOME else (Link("回到刚才那一页", back), home)


class LazyShell:
    """The default ``shell`` of a template: made only when a template reads it."""

    def __init__(self) -> None:
        self._made: Shell | None = None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            self._made = page_shell()
        return getattr(self._made, name)


def template_values() -> dict[str, Any]:
    """Return what every template may use without being given it."""
    return {"shell": LazyShell()}
