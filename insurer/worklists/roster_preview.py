"""看差异: the effect of one file of the bureau, before or after it is written."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from insurer.accounts.permissions import holds
from insurer.accounts.queries import staff_who_may
from insurer.kernel.dates import business_day, chinese_date
from insurer.kernel.errors import Invalid, Problem
from insurer.people.approval import made_by, others_who_may, why_second
from insurer.people.cells_by_hand import standing_cells
from insurer.people.progress import progress_of
from insurer.people.queries import MonthView, covered_in_year, person_views, roster_report
from insurer.people.reading.reader import HiddenSheets
from insurer.people.reading.result import BY_HAND
from insurer.people.receiving import ONLY_HIDDEN
from insurer.people.rules import XINBEI
from insurer.platform.audit import Actor
from insurer.platform.db import UnitSession
from insurer.worklists.roster_cell import address_of
from insurer.worklists.roster_differences import FIELDS, groups_of, looks_of, views_of
from insurer.worklists.rosters import KIND_WORDS, kind_choices
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Banner, Link
from insurer.worklists.views.rosters import DiffRow, HiddenSheet, RosterPreviewPage, RosterProgress


def load_preview(
    session: UnitSession,
    *,
    actor: Actor,
    import_id: UUID,
    show: str,
    today: date,
    written: bool = False,
) -> RosterPreviewPage:
    """Return one import: the equation, and its differences by kind; ``written`` says that it just ended."""
    view, report, listing = roster_report(session, import_id)
    if holds(actor, "people.view"):
        listing = _with_names(session, listing)
    counts = {name: int(report.get(name, 0)) for name in ("new", "changed", "unchanged", "gone", "rows")}
    rejected = list(report.get("rejected") or ())
    href = f"{paths.ROSTERS}/{import_id}"
    staged = view.state == "staged"
    second = why_second(view.counts) if staged else ""
    mine = bool(second) and actor.id in made_by(session, import_id, view.staged_by)
    names = _names(session, actor, view, second) if staged else ()
    year, before, after = _covered(session, view, listing)
    doubles, warnings = listing.get("doubles") or (), listing.get("warnings") or ()
    may_stage = holds(actor, "rosters.stage")
    may_correct = staged and may_stage
    by_hand = _by_hand(session, import_id, report, f"{href}/cell" if may_correct else "")
    fixes = _fixes(report, listing, rejected, href) if may_correct else ()
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
        groups=groups_of(listing, rejected, counts, show, href, view, by_hand, fixes),
        views=views_of(
            counts, len(rejected), looks_of(listing), len(doubles), len(warnings), len(by_hand), show, href
        ),
        sheets_note=_sheets(report, len(report.get("skipped") or ())),
        errors_href=f"{href}/errors.xlsx" if rejected and may_stage else "",
        confirm_action=f"{href}/confirm" if staged and holds(actor, "rosters.apply") and not mine else "",
        discard_action=f"{href}/discard" if (staged or report.get("unread")) and may_stage else "",
        applied_at=view.applied_at if view.state in ("applied", "unchanged") else None,
        applied_by=view.applied_by_name or "",
        state_note=_note(view),
        kind=KIND_WORDS.get(view.kind, view.kind),
        mapping_href=f"{href}/columns" if may_stage else "",
        kinds=kind_choices(view.kind),
        kind_action=f"{href}/kind" if staged and may_stage else "",
        kind_note=_kind_note(view),
        covered_year=year,
        cover_note=_cover_note(listing),
        may_be_gone=view.kind == "full",
        second=second,
        second_names=names,
        made_by="上传和改格" if view.counts.get("second") == "by_hand" else "上传",
        banners=_banners(view, report, warnings, written=written),
        progress=None if report.get("unread") else _progress(session, view, href),
        sender=view.sender,
        hidden=_hidden(report) if staged or report.get("unread") else (),
        hidden_action=f"{href}/hidden" if may_stage else "",
    )


def hidden_after(session: UnitSession, import_id: UUID, *, sheet: str, use: bool) -> HiddenSheets:
    """Return which hidden sheets are read once one of them is chosen or given up.

    Where no list was read yet, all of them are meant. :class:`Invalid` for a sheet that is not there.
    """
    _view, report, _listing = roster_report(session, import_id)
    known = _hidden(report)
    if sheet not in [one.name for one in known]:
        raise Invalid("没有这张隐藏的工作表。请刷新这一页再选", (Problem("sheet", "请刷新后再选"),))
    if not sheet:
        return use
    return tuple(one.name for one in known if (use if one.name == sheet else one.used))


def _hidden(report: Mapping[str, Any]) -> tuple[HiddenSheet, ...]:
    """Return the hidden sheets with people on them; of a file not read yet nobody knows which there are."""
    if report.get(ONLY_HIDDEN):
        return (HiddenSheet("", 0, False),)
    return tuple(
        HiddenSheet(str(sheet["name"]), int(sheet["rows"]), bool(sheet["used"]))
        for sheet in report.get("sheets") or ()
        if sheet["hidden"] and (sheet["rows"] or sheet["used"])
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


def _banners(
    view: MonthView, report: Mapping[str, Any], warnings: Sequence[str], *, written: bool
) -> tuple[Banner, ...]:
    """Return what must be read first: what hinders, another month in the title, what was written."""
    if report.get(ONLY_HIDDEN) and view.state == "reading":
        return (Banner("error", "还没有读出来", str(report["unread"])),)
    if report.get("unread") and view.state == "reading":
        link = Link("去对列", f"{paths.ROSTERS}/{view.import_id}/columns")
        return (Banner("error", "还没有读出来", str(report["unread"]), link),)
    if report.get("refused"):
        return (Banner("error", "没有写入", str(report["refused"]), Link("回到名册", paths.ROSTERS)),)
    if view.state == "staged" and view.counts.get("again"):
        words = "当时手工改了几格，名册以改过的为准。这一份没有带上那些更正，不能再写入，请放弃这次导入。"
        return (Banner("warn", "这份文件导入过", words),)
    if view.state == "staged":
        other = [one for one in warnings if "请核对月份" in one]
        return (Banner("warn", "月份可能选错了", other[0]),) if other else ()
    if view.state == "applied" and written:
        counts = view.counts
        wrote = (
            f"写入 {counts['new'] + counts['changed']} 行：新增 {counts['new']}，变更 {counts['changed']}。"
        )
        left = f"{counts['rejected']} 行没有写入，已列在错误工作簿。" if counts["rejected"] else ""
        return (Banner("done", "已导入", wrote + left),)
    return ()


def _fixes(
    report: Mapping[str, Any], listing: Mapping[str, Any], rejected: Sequence[Mapping[str, Any]], href: str
) -> tuple[str, ...]:
    """Return where each refused cell can be put right, "" where the cell is not known."""
    columns = listing.get("refused_columns") or ()
    sheets = report.get("sheets") or ()
    addresses = (
        address_of(sheets, (str(one["sheet"]), int(one["row"]), int(column))) if column >= 0 else ""
        for one, column in zip(rejected, columns, strict=False)
    )
    return tuple(paths.with_query(f"{href}/cell", at=one) if one else "" for one in addresses)


def _by_hand(
    session: UnitSession, import_id: UUID, report: Mapping[str, Any], action: str
) -> tuple[DiffRow, ...]:
    """Return the cells that were put right, masked, with whose word they are."""
    repaired = {
        (one["sheet"], one["row"], one["field"]): one
        for one in report.get("repaired") or ()
        if one["rule"] == BY_HAND
    }
    rows = []
    for cell in standing_cells(session, import_id):
        said = repaired.get((cell.sheet, cell.row_no, cell.field), {})
        at = address_of(report.get("sheets") or (), (cell.sheet, cell.row_no, cell.column_no))
        rows.append(
            DiffRow(
                row=str(cell.row_no),
                person=cell.sheet,
                tail="",
                town="",
                field=FIELDS.get(cell.field, cell.field),
                before=said.get("before") or "（空）",
                after=said.get("after") or "已改",
                effect=f"{cell.made_by_name} {chinese_date(business_day(cell.made_at))}改",
                fix=Link("再改或撤回", paths.with_query(action, at=at)) if action and at else None,
            )
        )
    return tuple(rows)


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
        case "additions" if view.counts.get("second") == "supplement" or view.counts.get("supplement"):
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
        return tuple(others_who_may(session, view.import_id, view.staged_by)[:6])
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
    repaired = sum(one["rule"] != BY_HAND for one in report.get("repaired") or ())
    if repaired:
        words.append(f"自动理顺 {repaired} 处")
    return "，".join(words)
