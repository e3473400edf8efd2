"""The differences of one file, kind by kind, in the words of the desk."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from insurer.people.queries import MonthView
from insurer.people.rules import XINBEI
from insurer.worklists.views import paths
from insurer.worklists.views.elements import Link, ViewTab
from insurer.worklists.views.rosters import DiffGroup, DiffKind, DiffRow

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


def looks_of(listing: Mapping[str, Any]) -> int:
    """Count the changed rows that a person must look at."""
    return sum(1 for row in listing.get("changed", ()) if _must_look(row))


def _must_look(row: Mapping[str, Any]) -> bool:
    return any(change["field"] in _LOOK for change in row.get("fields", ()))


def views_of(
    counts: Mapping[str, int],
    rejected: int,
    looks: int,
    doubles: int,
    warnings: int,
    by_hand: int,
    show: str,
    href: str,
) -> tuple[ViewTab, ...]:
    """Return the tabs of the kinds of differences with their counts."""
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
    if by_hand:
        rows.append(("by_hand", "手工改的", by_hand))
    if warnings:
        rows.append(("warning", "提醒", warnings))
    return tuple(
        ViewTab(word, paths.with_query(href, show=key), count, key == show) for key, word, count in rows
    )


def groups_of(
    listing: Mapping[str, Any],
    rejected: Sequence[Mapping[str, Any]],
    counts: Mapping[str, int],
    show: str,
    href: str,
    view: MonthView,
    by_hand: Sequence[DiffRow] = (),
    fixes: Sequence[str] = (),
) -> tuple[DiffGroup, ...]:
    """Return the groups of rows that a tab shows, the first few of each kind on the page of all.

    ``by_hand`` are the cells that were put right, ``fixes`` the addresses where each refused one can be.
    """
    changed = sorted(listing.get("changed", ()), key=lambda row: (not _must_look(row), row["row"]))
    if show == "look":
        changed = [row for row in changed if _must_look(row)]
    looks = looks_of(listing)
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
    known = (*fixes, *[""] * (len(rejected) - len(fixes)))
    refused = [_rejected(row, fix) for row, fix in zip(rejected, known, strict=True)]
    add("rejected", "拒绝", len(rejected), "这些行不会写入", refused)
    add("by_hand", "手工改的", len(by_hand), "按改过的读，原件不动；要由别人确认", by_hand)
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


def _rejected(row: Mapping[str, Any], fix: str) -> DiffRow:
    field = FIELDS.get(str(row.get("field")), str(row.get("field") or ""))
    message = str(row["message"])
    # the reader's own words often say what to do; then the column is not filled a second time
    remedy = "" if "请" in message else _REMEDIES.get(str(row.get("code")), "请发送单位改好重发这一行")
    return DiffRow(
        str(row["row"]),
        str(row.get("sheet") or ""),
        "",
        "",
        field,
        "",
        message,
        remedy,
        fix=Link("改这格", fix) if fix else None,
    )
