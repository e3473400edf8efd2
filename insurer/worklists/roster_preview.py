"""看差异: the effect of one file of the bureau, before or after it is written."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from insurer.accounts.permissions import holds
from insurer.accounts.queries import staff_who_may
from insurer.kernel.dates import business_day, chinese_date
from insurer.people.approval import others_who_may, why_second
from insurer.people.progress import progress_of
from insurer.people.queries import MonthView, covered_in_year, person_views, roster_report
from insurer.people.rules import XINBEI
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.rosters import KIND_WORDS, kind_choices
from insurer.worklists.views import paths
from insurer.worklists.views.elements import ViewTab
from insurer.worklists.views.rosters import (
    DiffGroup,
    DiffKind,
    DiffRow,
    RosterPreviewPage,
    RosterProgress,
)

FIRST: Final = 8
"""So many rows of each kind stand on the page of all differences."""

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
    "happened_on": "日期",
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


def load_preview(
    session: UnitSession, *, actor: Actor, import_id: UUID, show: str, today: date
) -> RosterPreviewPage:
    """Return one import: the equation, and its differences by kind."""
    view, report, listing = roster_report(session, import_id)
    if holds(actor, "people.view"):
        listing = _with_names(session, listing)
    counts = {name: int(report.get(name, 0)) for name in ("new", "changed", "unchanged", "gone", "rows")}
    rejected = list(report.get("rejected") or ())
    href = f"{paths.ROSTERS}/{import_id}"
    staged = view.state == "staged"
    second = why_second(view.counts) if staged else ""
    mine = bool(second) and view.staged_by == actor.id
    names = _names(session, actor, view, second) if staged else ()
    year, before, after = _covered(session, view, listing)
    doubles, warnings = listing.get("doubles") or (), listing.get("warnings") or ()
    may_stage = holds(actor, "rosters.stage")
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
        covered_before=before,
        covered_after=after if staged else None,
        groups=_groups(listing, rejected, counts, show, href, view),
        views=_views(counts, len(rejected), _looks(listing), len(doubles), len(warnings), show, href),
        sheets_note=_sheets(report, len(report.get("skipped") or ())),
        errors_href=f"{href}/errors.xlsx" if rejected and may_stage else "",
        confirm_action=f"{href}/confirm" if staged and holds(actor, "rosters.apply") and not mine else "",
        discard_action=f"{href}/discard" if staged and may_stage else "",
        applied_at=view.applied_at if view.state in ("applied", "unchanged") else None,
        applied_by=view.applied_by_name or "",
        state_note=_note(view),
        kind=KIND_WORDS.get(view.kind, view.kind),
        kinds=kind_choices(view.kind),
        kind_action=f"{href}/kind" if staged and may_stage else "",
        kind_note=_kind_note(view),
        covered_year=year,
        cover_note=_cover_note(listing),
        may_be_gone=view.kind == "full",
        second=second,
        second_names=names,
        refused=str(report.get("refused") or ""),
        progress=_progress(session, view, href),
        sender=view.sender,
    )


def _with_names(session: UnitSession, listing: Mapping[str, Any]) -> dict[str, Any]:
    """Return a listing with the whole names of people on file: the report itself keeps masked ones."""
    kinds = ("new", "changed", "gone")
    ids = {row["person_id"] for kind in kinds for row in listing.get(kind, ()) if row.get("person_id")}
    known = person_views(session, [UUID(one) for one in ids])
    named = {str(one): view.name for one, view in known.items()}
    return {
        **listing,
        **{
            kind: [
                {**row, "name": named.get(row.get("person_id"), row["name"])} for row in listing.get(kind, ())
            ]
            for kind in kinds
        },
    }


def _covered(
    session: UnitSession, view: MonthView, listing: Mapping[str, Any]
) -> tuple[int | None, int, int | None]:
    """Return the insurance year that a file mainly works on, and its people before and after it."""
    if view.scheme != XINBEI or view.kind not in ("full", "additions"):
        return None, 0, None
    year = view.month.year + (1 if view.month.month == 12 else 0)
    before = covered_in_year(session, scheme=view.scheme, year=year)
    begun = (listing.get("cover") or {}).get("begun") or {}
    return year, before, before + int(begun.get(str(year), 0))


def _cover_note(listing: Mapping[str, Any]) -> str:
    ended = int((listing.get("cover") or {}).get("ended") or 0)
    return f"有 {ended} 段保障没有依据了，确认后取消" if ended else ""


def _kind_note(view: MonthView) -> str:
    match view.kind:
        case "additions" if view.counts.get("second") == "supplement":
            return f"补进已导入的 {chinese_date(view.month)[:-2]}，有关的人保障重算；没列出的人不动"
        case "additions":
            return "没列出的人不动，不算不在名册"
        case "deaths":
            return "记下去世日期，逐人列入待核；年内保障不动"
        case "moves":
            return "记下迁出，逐人列入待核；年内保障不动"
        case _:
            return "没列出的人算“本月不在名册”"


def _progress(session: UnitSession, view: MonthView, href: str) -> RosterProgress | None:
    if view.state not in ("reading", "applying"):
        return None
    found = progress_of(session, view.import_id)
    waiting = "排队等着读" if view.state == "reading" else "排队等着写入"
    here = f"{href}/progress"
    return (
        RosterProgress(found.words, found.done, found.total, here)
        if found
        else RosterProgress(waiting, 0, 0, here)
    )


def _names(session: UnitSession, actor: Actor, view: MonthView, second: str) -> tuple[str, ...]:
    """Return who can confirm, for a reader who cannot."""
    if second:
        return tuple(others_who_may(session, view.staged_by)[:6])
    if holds(actor, "rosters.apply"):
        return ()
    return tuple(one.name for one in staff_who_may(session, "rosters.apply")[:6])


def _note(view: MonthView) -> str:
    match view.state:
        case "staged":
            return "现在还没有写入任何数据"
        case "reading":
            return "正在读文件，可以离开这一页"
        case "applying":
            return "正在写入，可以离开这一页"
        case "discarded":
            return "没有写入"
        case "applied":
            return f"{view.staged_by_name}上传，{view.applied_by_name or '系统'}确认导入"
        case _:
            return "没有要写入的"


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


def _views(
    counts: Mapping[str, int], rejected: int, looks: int, doubles: int, warnings: int, show: str, href: str
) -> tuple[ViewTab, ...]:
    every = counts["new"] + counts["changed"] + counts["gone"] + rejected
    rows = [
        ("", "全部差异", every),
        ("look", "要看的", looks),
        ("changed", "变更", counts["changed"]),
        ("new", "新增", counts["new"]),
        ("gone", "不在名册", counts["gone"]),
        ("rejected", "拒绝", rejected),
    ]
    if doubles:
        rows.insert(3, ("double", "可能同一人", doubles))
    if warnings:
        rows.append(("warning", "提醒", warnings))
    return tuple(
        ViewTab(word, paths.with_query(href, show=key), count, key == show) for key, word, count in rows
    )


def _groups(
    listing: Mapping[str, Any],
    rejected: Sequence[Mapping[str, Any]],
    counts: Mapping[str, int],
    show: str,
    href: str,
    view: MonthView,
) -> tuple[DiffGroup, ...]:
    changed = sorted(listing.get("changed", ()), key=lambda row: (not _must_look(row), row["row"]))
    if show == "look":
        changed = [row for row in changed if _must_look(row)]
    looks = _looks(listing)
    groups: list[DiffGroup] = []

    def add(kind: DiffKind, word: str, count: int, note: str, rows: Sequence[DiffRow]) -> None:
        wanted = show in ("", kind) or (show == "look" and kind == "changed")
        if not count or not wanted:
            return
        shown = tuple(rows) if show else tuple(rows[:FIRST])
        more = f"，列出前 {len(rows)} 条" if show and len(rows) < count and kind != "changed" else ""
        link = paths.with_query(href, show=kind) if not show and count > len(shown) else ""
        groups.append(DiffGroup(kind, word, count, note + more, shown, link))

    note = f"其中要看 {looks}" if looks else ""
    add("changed", "变更", counts["changed"], note, [one for row in changed for one in _changed(row)])
    doubles = listing.get("doubles") or ()
    add(
        "double",
        "可能是同一个人",
        len(doubles),
        "同名同生日，证号不同；确认后列入待核",
        [_double(row) for row in doubles],
    )
    add("new", "新增", counts["new"], "", [_new(row, view) for row in listing.get("new", ())])
    past = listing.get("compared_with") or ""
    gone = [_gone(row, past, view) for row in listing.get("gone", ())]
    add("gone", "本月不在名册", counts["gone"], "不在名册不等于停保；确认后列入待核", gone)
    add("rejected", "拒绝", len(rejected), "这些行不会写入", [_rejected(row) for row in rejected])
    warnings = listing.get("warnings") or ()
    add("warning", "提醒", len(warnings), "照写入，请看一眼", [_warning(text) for text in warnings])
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


def _new(row: Mapping[str, Any], view: MonthView) -> DiffRow:
    if view.kind in ("deaths", "moves"):
        when = row.get("start") or "没有写日期"
        return DiffRow(
            str(row["row"]),
            row["name"],
            row["certno"][-4:],
            "",
            row.get("change") or "",
            "",
            when,
            "列入待核",
        )
    approved = f"批准 {row['start']}" if row.get("start") else (row.get("change") or "没有写批准日期")
    known = "系统里已有这个人" if row.get("person_id") else "第一次出现"
    head = row.get("householder")
    family = f"，户主 {head}" if head and head != row["name"] else ""
    return DiffRow(
        str(row["row"]),
        row["name"],
        row["certno"][-4:],
        row.get("town") or "",
        approved,
        "",
        _begins(row, view),
        known + family,
    )


def _begins(row: Mapping[str, Any], view: MonthView) -> str:
    """Say from when a new person is covered, or why he is not."""
    if view.scheme != XINBEI:
        return "按救助身份享受"
    if row.get("cover_from"):
        return f"自 {row['cover_from']} 起保"
    if "min_living_allowance" not in str(row.get("category")).split(","):
        return "这一类不在保障范围，只记在册"
    if row.get("insutype") not in (None, "", "390"):
        return "没有参加居民医保，只记在册"
    return "只记在册"


def _gone(row: Mapping[str, Any], past: str, view: MonthView) -> DiffRow:
    was = f"{int(past[5:])} 月在册，本月没有" if past else "上月在册，本月没有"
    until = f"保到 {view.month.year}-12-31" if view.scheme == XINBEI else "身份到上月底"
    effect = "年内移出，保到年底" if view.scheme == XINBEI else "从本月起不再享受"
    return DiffRow("", row["name"], row["certno"][-4:], "", was, "", until, effect)


def _double(row: Mapping[str, Any]) -> DiffRow:
    return DiffRow(
        str(row["row"]),
        row["name"],
        row["certno"][-4:],
        row.get("town") or "",
        "证号",
        f"系统里 {row['other']}",
        f"这一行 {row['certno']}",
        "先按新人写入，请核对是不是同一个人",
        look=True,
    )


def _warning(sentence: str) -> DiffRow:
    where, colon, words = sentence.partition("：")
    return DiffRow("", "", "", "", "", "", words if colon else sentence, where if colon else "")


def _rejected(row: Mapping[str, Any]) -> DiffRow:
    field = FIELDS.get(str(row.get("field")), str(row.get("field") or ""))
    message = str(row["message"])
    # the reader's own words often say what to do; then the column is not filled a second time
    remedy = "" if "请" in message else _REMEDIES.get(str(row.get("code")), "请发送单位改好重发这一行")
    return DiffRow(str(row["row"]), str(row.get("sheet") or ""), "", "", field, "", message, remedy)
