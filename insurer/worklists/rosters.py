"""名册: the months of a programme, and the effect of one file before it is written."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from insurer.accounts.permissions import holds
from insurer.accounts.queries import staff_who_may
from insurer.kernel.dates import business_day, month_text, next_month
from insurer.people.queries import MonthView, covered_count, month_list, roster_report
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.programmes import kept
from insurer.worklists.views import paths
from insurer.worklists.views.elements import ViewTab
from insurer.worklists.views.rosters import (
    DiffGroup,
    DiffRow,
    MonthRow,
    RosterListPage,
    RosterPreviewPage,
)

FIRST: Final = 8
"""So many rows of each kind stand on the page of all differences."""

STATE_WORDS: Final = {
    "staged": "待确认",
    "applying": "正在写入",
    "applied": "已导入",
    "unchanged": "没有变化",
    "discarded": "已放弃",
}
FIELDS: Final = {
    "psn_name": "姓名",
    "name": "姓名",
    "certno": "身份证号",
    "category": "类别",
    "insutype": "险种",
    "relation": "与户主关系",
    "town": "镇、街道",
    "village": "村、社区",
    "start": "批准日期",
    "change": "变动",
    "bank": "开户行",
    "account": "收款账户",
    "householder": "户主",
    "holder": "账户户名",
    "tel": "电话",
    "card_no": "低保证号",
    "month": "月份",
}
_LOOK: Final = frozenset({"psn_name", "start", "category", "account", "holder"})
_REMEDIES: Final = {
    "certno_missing": "请发送单位补上身份证号",
    "certno_malformed": "请对照原件改正位数",
    "certno_checksum": "核对原件；多半是录错一位",
    "certno_date": "核对原件里的出生日期",
    "certno_numeric_cell": "请发送单位改成文本格式重发这一行",
    "name_missing": "补姓名",
    "duplicate_conflict": "留一行，或改成同一个姓名",
    "category_unknown": "按低保、特困等类别改写",
    "month_invalid": "把月份改成这份名册的月份",
}


def load_rosters(
    session: UnitSession, *, actor: Actor, scheme: str, year: str, today: date
) -> RosterListPage:
    """Return the months of a year, newest first."""
    views = month_list(session, scheme=scheme)
    years = sorted({view.month.year for view in views} | {today.year}, reverse=True)
    chosen = int(year) if year.isdigit() and int(year) in years else years[0]
    newest = max((view.month for view in views if view.state == "applied"), default=None)
    suggested = next_month(newest) if newest else today.replace(day=1)
    covered = covered_count(session, scheme=scheme, day=today)
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
        months=(month_text(suggested),),
        covered=covered,
    )


def _month(view: MonthView, covered: int, newest: date | None) -> MonthRow:
    counts = view.counts
    return MonthRow(
        month=view.month,
        file=view.filename,
        received_on=business_day(view.staged_at),
        rows=int(counts.get("rows", 0)),
        new=int(counts.get("new", 0)),
        changed=int(counts.get("changed", 0)),
        gone=int(counts.get("gone", 0)),
        rejected=_length(counts.get("rejected", 0)),
        covered=covered if view.month == newest and view.state == "applied" else None,
        status=STATE_WORDS.get(view.state, view.state),
        by=view.applied_by_name or view.staged_by_name,
        href=f"{paths.ROSTERS}/{view.import_id}",
    )


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else int(value or 0)


def load_preview(
    session: UnitSession, *, actor: Actor, import_id: UUID, show: str, today: date
) -> RosterPreviewPage:
    """Return one import: the equation, and its differences by kind."""
    view, report, listing = roster_report(session, import_id)
    counts = {name: int(report.get(name, 0)) for name in ("new", "changed", "unchanged", "gone", "rows")}
    rejected = list(report.get("rejected") or ())
    skipped = len(report.get("skipped") or ())
    href = f"{paths.ROSTERS}/{import_id}"
    scheme = _scheme(session, import_id)
    covered = covered_count(session, scheme=scheme, day=today)
    staged = view.state == "staged"
    groups = _groups(listing, rejected, counts, show, href)
    return RosterPreviewPage(
        month=view.month,
        file=view.filename,
        rows=counts["new"] + counts["changed"] + counts["unchanged"] + len(rejected),
        received_on=business_day(view.staged_at),
        new=counts["new"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        rejected=len(rejected),
        gone=counts["gone"],
        covered_before=covered,
        covered_after=None,
        groups=groups,
        views=_views(counts, len(rejected), _looks(listing), show, href),
        sheets_note=_sheets(report, skipped),
        errors_href=f"{href}/errors.xlsx" if rejected and holds(actor, "rosters.stage") else "",
        confirm_action=f"{href}/confirm" if staged and holds(actor, "rosters.apply") else "",
        discard_action=f"{href}/discard" if staged and holds(actor, "rosters.stage") else "",
        applied_at=view.applied_at if view.state in ("applied", "unchanged") else None,
        applied_by=view.applied_by_name or "",
        state_note=_note(view) + _who_confirms(session, actor, staged),
    )


def _scheme(session: UnitSession, import_id: UUID) -> str:
    from insurer.people.tables import RosterImport

    found = session.get(RosterImport, import_id)
    return found.scheme if found else ""


def _who_confirms(session: UnitSession, actor: Actor, staged: bool) -> str:
    """Return who can write a staged roster, for a reader who cannot."""
    if not staged or holds(actor, "rosters.apply"):
        return ""
    names = "、".join(one.name for one in staff_who_may(session, "rosters.apply")[:6])
    return f"，要由保险公司确认：{names}" if names else "，要由保险公司确认"


def _note(view: MonthView) -> str:
    if view.state == "staged":
        return "现在还没有写入任何数据"
    if view.state == "applying":
        return "正在写入，可以离开这一页"
    if view.state == "discarded":
        return "已放弃，没有写入"
    return f"{view.applied_by_name or '系统'}确认导入" if view.state == "applied" else "没有要写入的"


def _sheets(report: Mapping[str, Any], skipped: int) -> str:
    sheets = report.get("sheets") or ()
    used = sum(1 for sheet in sheets if sheet.get("used"))
    hidden = sum(1 for sheet in sheets if sheet.get("hidden") and not sheet.get("used"))
    words = [f"用了 {used} 张工作表"]
    if hidden:
        words.append(f"跳过 {hidden} 张隐藏表")
    if skipped:
        words.append(f"另有 {skipped} 行是表头、合计或重复行")
    repaired = len(report.get("repaired") or ())
    if repaired:
        words.append(f"自动理顺 {repaired} 处")
    return "，".join(words)


def _looks(listing: Mapping[str, Any]) -> int:
    return sum(1 for row in listing.get("changed", ()) if _must_look(row))


def _must_look(row: Mapping[str, Any]) -> bool:
    return any(change["field"] in _LOOK for change in row.get("fields", ()))


def _views(counts: Mapping[str, int], rejected: int, looks: int, show: str, href: str) -> tuple[ViewTab, ...]:
    every = counts["new"] + counts["changed"] + counts["gone"] + rejected
    rows = (
        ("", "全部差异", every),
        ("look", "要看的", looks),
        ("changed", "变更", counts["changed"]),
        ("new", "新增", counts["new"]),
        ("gone", "不在名册", counts["gone"]),
        ("rejected", "拒绝", rejected),
    )
    return tuple(
        ViewTab(word, paths.with_query(href, show=key), count, key == show) for key, word, count in rows
    )


def _groups(
    listing: Mapping[str, Any],
    rejected: Sequence[Mapping[str, Any]],
    counts: Mapping[str, int],
    show: str,
    href: str,
) -> tuple[DiffGroup, ...]:
    changed = sorted(listing.get("changed", ()), key=lambda row: (not _must_look(row), row["row"]))
    if show == "look":
        changed = [row for row in changed if _must_look(row)]
    looks = _looks(listing)
    groups: list[DiffGroup] = []

    def add(kind: Any, word: str, count: int, note: str, rows: Sequence[DiffRow]) -> None:
        wanted = show in ("", kind) or (show == "look" and kind == "changed")
        if not count or not wanted:
            return
        shown = tuple(rows) if show else tuple(rows[:FIRST])
        more = f"，列出前 {len(rows)} 条" if show and len(rows) < count and kind != "changed" else ""
        link = paths.with_query(href, show=kind) if not show and count > len(shown) else ""
        groups.append(DiffGroup(kind, word, count, note + more, shown, link))

    note = f"其中要看 {looks}" if looks else ""
    add("changed", "变更", counts["changed"], note, [one for row in changed for one in _changed(row)])
    add("new", "新增", counts["new"], "", [_new(row) for row in listing.get("new", ())])
    gone = [
        DiffRow(
            "",
            row["name"],
            row["certno"][-4:],
            "",
            "上月在册，本月没有",
            "",
            "保到年底",
            "年内移出，保到 12 月 31 日",
        )
        for row in listing.get("gone", ())
    ]
    add("gone", "本月不在名册", counts["gone"], "不在名册不等于停保", gone)
    add("rejected", "拒绝", len(rejected), "这些行不会写入", [_rejected(row) for row in rejected])
    return tuple(groups)


def _changed(row: Mapping[str, Any]) -> list[DiffRow]:
    """One line for each field that changed; the row's person stands on the first."""
    changes = row.get("fields") or [{"field": "", "before": "", "after": "内容有变化"}]
    return [
        DiffRow(
            row=str(row["row"]),
            person=row["name"],
            tail=row["certno"][-4:],
            town=row.get("town") or "",
            field=FIELDS.get(change["field"], change["field"]),
            before=change["before"] or "（空）",
            after=change["after"] or "（空）",
            effect=_effect(change["field"]),
            look=change["field"] in _LOOK,
        )
        for change in changes
    ]


def _effect(field: str) -> str:
    return {
        "psn_name": "同证号，姓名不同，请核对原件",
        "town": "迁居，保障不断",
        "start": "保障起点可能变，已决案件要重看",
        "category": "类别变，看是否还是保障对象",
        "account": "以后的付款用新账户",
        "bank": "以后的付款用新开户行",
        "holder": "户名变，请核对",
        "change": "按变动处理，年内保障不断",
    }.get(field, "保障不变")


def _new(row: Mapping[str, Any]) -> DiffRow:
    approved = f"批准 {row['start']}" if row.get("start") else (row.get("change") or "没有写批准日期")
    known = "系统里已有这个人" if row.get("person_id") else "第一次出现"
    return DiffRow(
        str(row["row"]),
        row["name"],
        row["certno"][-4:],
        row.get("town") or "",
        approved,
        "",
        "从批准当月起保",
        known,
    )


def _rejected(row: Mapping[str, Any]) -> DiffRow:
    field = FIELDS.get(str(row.get("field")), str(row.get("field") or ""))
    message = str(row["message"])
    # the reader's own words often say what to do; then the column is not filled a second time
    remedy = "" if "请" in message else _REMEDIES.get(str(row.get("code")), "请发送单位改好重发这一行")
    return DiffRow(str(row["row"]), str(row.get("sheet") or ""), "", "", field, "", message, remedy)
