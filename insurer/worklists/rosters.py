"""名册: the months of a programme, and the form that takes a file in."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from insurer.accounts.permissions import holds
from insurer.kernel.dates import business_day, month_text, next_month
from insurer.people.queries import MonthView, covered_count, known_senders, month_list
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Choice, Trouble, ViewTab
from insurer.worklists.views.rosters import MonthRow, RosterListPage

STATE_WORDS: Final = {
    "reading": "正在读",
    "staged": "待确认",
    "applying": "正在写入",
    "applied": "已导入",
    "unchanged": "没有变化",
    "discarded": "已放弃",
}
KIND_WORDS: Final = {
    "full": "全量名册",
    "additions": "仅新增或更正",
    "deaths": "死亡名单",
    "moves": "迁出名单",
}
_AUTO: Final = ("auto", "看文件名和人数判断")


def kind_choices(chosen: str, *, with_auto: bool = False) -> tuple[Choice, ...]:
    """Return the kinds of list to choose from."""
    known = ((_AUTO,) if with_auto else ()) + tuple(KIND_WORDS.items())
    return tuple(Choice(kind, words, kind == chosen) for kind, words in known)


def load_rosters(
    session: UnitSession,
    *,
    actor: Actor,
    scheme: str,
    year: str,
    today: date,
    typed: Mapping[str, str] | None = None,
    troubles: tuple[Trouble, ...] = (),
) -> RosterListPage:
    """Return the months of a year, newest first; ``typed`` is what a refused upload form held."""
    views = month_list(session, scheme=scheme)
    years = sorted({view.month.year for view in views} | {today.year}, reverse=True)
    chosen = int(year) if year.isdecimal() and int(year) in years else years[0]
    newest = max(
        (view.month for view in views if view.state == "applied" and view.kind == "full"), default=None
    )
    suggested = next_month(newest) if newest else today.replace(day=1)
    covered = covered_count(session, scheme=scheme, day=today)
    own = actor.id if not holds(actor, "rosters.apply") else ""
    senders = known_senders(session, scheme=scheme, staged_by=own)
    typed = typed or {}
    return RosterListPage(
        rows=tuple(_month(view, covered, newest) for view in views if view.month.year == chosen),
        years=tuple(
            ViewTab(
                f"{one}年度",
                paths.with_query(paths.ROSTERS, scheme=kept(scheme), year=one),
                current=one == chosen,
            )
            for one in years
        ),
        upload_action=paths.with_query(paths.ROSTERS, scheme=kept(scheme))
        if holds(actor, "rosters.stage")
        else "",
        months=(typed.get("month") or month_text(suggested),),
        covered=covered,
        kinds=kind_choices(typed.get("kind") or "auto", with_auto=True),
        senders=tuple(senders),
        sender=typed.get("sender") or (senders[0] if senders else ""),
        troubles=troubles,
        may_confirm=holds(actor, "rosters.apply"),
    )


def _month(view: MonthView, covered: int, newest: date | None) -> MonthRow:
    counts = view.counts
    stands = view.month == newest and view.state == "applied" and view.kind == "full"
    return MonthRow(
        month=view.month,
        file=view.filename,
        received_on=business_day(view.staged_at),
        rows=int(counts.get("rows", 0)),
        new=int(counts.get("new", 0)),
        changed=int(counts.get("changed", 0)),
        gone=int(counts.get("gone", 0)),
        rejected=_length(counts.get("rejected", 0)),
        covered=covered if stands else None,
        status=STATE_WORDS.get(view.state, view.state),
        by=view.applied_by_name or view.staged_by_name,
        href=f"{paths.ROSTERS}/{view.import_id}",
        kind=KIND_WORDS.get(view.kind, view.kind),
    )


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else int(value or 0)
