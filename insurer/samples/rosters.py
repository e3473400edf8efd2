"""Two monthly rosters as a bureau sends them: workbooks with titles, merged cells and typical dirt.

The shape follows real rosters: one sheet a town, household cells merged over the members, a header repeated
in the middle, a total and a signature line below, and a hidden sheet with an old list. The second month has
other columns in another order, newcomers, changes and people gone.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from insurer.kernel.dates import month_text
from insurer.samples.numbers import check_digit
from insurer.samples.people import (
    REJECTED,
    REPAIRED,
    RURAL,
    TOWNS,
    URBAN,
    Household,
    Person,
    Population,
)

_Layout = tuple[tuple[str, str], ...]
_DECEMBER: _Layout = (
    ("序号", "number"),
    ("镇街", "town"),
    ("村居", "village"),
    ("低保证号", "card_no"),
    ("户主姓名", "householder"),
    ("与户主关系", "relation"),
    ("姓名", "psn_name"),
    ("身份证号", "certno"),
    ("保障类别", "category"),
    ("享受起始年月", "start"),
    ("居民医保参保状态", "insured"),
    ("联系电话", "tel"),
    ("开户行", "bank"),
    ("户名", "holder"),
    ("银行账号", "account"),
    ("备注", "remark"),
)
_JANUARY: _Layout = (
    ("序号", "number"),
    ("乡镇/街道", "town"),
    ("村（居）", "village"),
    ("户主姓名", "householder"),
    ("低保证号", "card_no"),
    ("姓名", "psn_name"),
    ("与户主关系", "relation"),
    ("身份证号码", "certno"),
    ("联系电话", "tel"),
    ("保障类别", "category"),
    ("享受起始年月", "start"),
    ("变动类型", "change"),
    ("居民医保参保状态", "insured"),
    ("银行卡号", "account"),
    ("账户名称", "holder"),
    ("开户银行", "bank"),
    ("备注", "remark"),
)
_MERGED = frozenset(("town", "village", "card_no", "householder"))
_HIDDEN_SHEET = "上年名单"
_HIDDEN_ROWS = 15


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A roster written to disk with the counts that a correct import gives (December first, then January)."""

    path: Path
    month: str
    rows: int
    accepted: int
    skipped: int
    repaired: int
    rejected: Mapping[str, int]
    new: int
    changed: int
    unchanged: int
    gone: int


@dataclass(slots=True)
class _Month:
    """One month's view of the population."""

    first: date
    layout: _Layout
    january: bool
    rows: int = 0
    skipped: int = 0
    dirt: Counter[str] = field(default_factory=Counter)

    def lists(self, person: Person) -> bool:
        return person.listed in ("both", "january" if self.january else "december")

    def dirt_of(self, person: Person) -> str:
        return person.dirt if self.january == (person.listed == "january") else ""


def write_rosters(population: Population, target: Path) -> tuple[RosterFile, RosterFile]:
    """Write the rosters of December before the claim year and of its January into the folder ``target``.

    The files are named ``roster-YYYY-MM.xlsx`` and are the same bytes for the same population.
    """
    months = (
        _Month(date(population.year - 1, 12, 1), _DECEMBER, january=False),
        _Month(date(population.year, 1, 1), _JANUARY, january=True),
    )
    paths = [_write(population, month, target) for month in months]
    accepted = [
        {p.certno: p for p in population.persons if m.lists(p) and m.dirt_of(p) not in REJECTED}
        for m in months
    ]
    both = accepted[0].keys() & accepted[1].keys()
    changed = sum(1 for certno in both if accepted[0][certno].changed)
    figures = (
        (len(accepted[0]), 0, 0, 0),
        (
            len(accepted[1]) - len(both),
            changed,
            len(both) - changed,
            len(accepted[0]) - len(both),
        ),
    )
    first, second = (
        RosterFile(
            path=path,
            month=month_text(month.first),
            rows=month.rows,
            accepted=len(known),
            skipped=month.skipped,
            repaired=sum(month.dirt[kind] for kind in REPAIRED),
            rejected={kind: month.dirt[kind] for kind in REJECTED if month.dirt[kind]},
            new=new,
            changed=changed_here,
            unchanged=unchanged,
            gone=gone,
        )
        for path, month, known, (new, changed_here, unchanged, gone) in zip(
            paths, months, accepted, figures, strict=True
        )
    )
    return first, second


def _write(population: Population, month: _Month, target: Path) -> Path:
    path = target / f"roster-{month_text(month.first)}.xlsx"
    book = xlsxwriter.Workbook(str(path))
    # A fixed creation time keeps the bytes of the file repeatable.
    book.set_properties({"created": datetime(month.first.year, month.first.month, 5)})  # noqa: DTZ001
    styles = {
        "title": book.add_format({"bold": True, "align": "center", "font_size": 14}),
        "header": book.add_format({"bold": True, "align": "center", "border": 1}),
        "cell": book.add_format({"border": 1, "valign": "vcenter", "num_format": "@"}),
        "number": book.add_format({"border": 1, "num_format": "0"}),
    }
    for town, _ in TOWNS:
        households = [h for h in population.households if h.town == town and any(map(month.lists, h.members))]
        _town_sheet(book.add_worksheet(town), styles, town, households, month)
    _hidden_sheet(book.add_worksheet(_HIDDEN_SHEET), styles, population, month)
    book.close()
    return path


def _town_sheet(
    sheet: Any, styles: Mapping[str, Any], town: str, households: list[Household], month: _Month
) -> None:
    width = len(month.layout) - 1
    when = f"{month.first.year}年{month.first.month}月"
    sheet.merge_range(0, 0, 0, width, f"常州市新北区{when}低保对象名单（{town}）", styles["title"])
    sheet.write_string(1, 0, f"制表单位：{town}社会事务科")
    sheet.write_string(1, width - 3, f"制表日期：{when}")
    for column, (header, _) in enumerate(month.layout):
        sheet.write_string(2, column, header, styles["header"])
    sheet.freeze_panes(3, 0)
    sheet.set_column(0, width, 14)
    row, number, repeated = 3, 0, False
    for place, household in enumerate(households):
        if not repeated and place >= len(households) // 2:
            # A printed page break: the bureau repeats the header, never inside a household.
            for column, (header, _) in enumerate(month.layout):
                sheet.write_string(row, column, header, styles["header"])
            row, repeated = row + 1, True
            month.skipped += 1
        members = [person for person in household.members if month.lists(person)]
        for offset, person in enumerate(members):
            number += 1
            month.dirt[month.dirt_of(person)] += 1
            cells = _cells(household, person, month)
            for column, (_, key) in enumerate(month.layout):
                if key == "number":
                    sheet.write_number(row + offset, column, number, styles["number"])
                elif key in _MERGED and len(members) > 1:
                    if offset == 0:
                        sheet.merge_range(
                            row, column, row + len(members) - 1, column, cells[key], styles["cell"]
                        )
                elif isinstance(cells[key], float):
                    sheet.write_number(row + offset, column, cells[key], styles["number"])
                elif cells[key]:
                    sheet.write_string(row + offset, column, cells[key], styles["cell"])
                else:
                    sheet.write_blank(row + offset, column, None, styles["cell"])
        row += len(members)
    sheet.write_string(row, 0, "合计")
    sheet.write_string(row, 6, f"{number}人")
    sheet.write_string(row + 1, 0, "审核人：")
    sheet.write_string(row + 1, 3, "填表人：")
    sheet.write_string(row + 1, 7, "以下空白")
    month.rows += number
    month.skipped += 2


def _hidden_sheet(sheet: Any, styles: Mapping[str, Any], population: Population, month: _Month) -> None:
    """Write a stale list that an importer must report and leave alone."""
    for column, (header, _) in enumerate(month.layout):
        sheet.write_string(0, column, header, styles["header"])
    old = [(h, h.members[0]) for h in population.households if h.members[0].listed != "january"][
        :_HIDDEN_ROWS
    ]
    for row, (household, person) in enumerate(old, start=1):
        cells = _cells(household, person, month)
        for column, (_, key) in enumerate(month.layout):
            if key != "number" and isinstance(cells[key], str):
                sheet.write_string(row, column, cells[key])
    sheet.hide()


def _cells(household: Household, person: Person, month: _Month) -> dict[str, Any]:
    category, tel, change = person.category, person.tel, ""
    if month.january and person.listed == "january":
        change = "新增"
    elif month.january and person.changed:
        change = "变更"
        if person.changed == "category":
            category = RURAL if category == URBAN else URBAN
        else:
            tel = f"1541{tel[4:]}"
    cells: dict[str, Any] = {
        "town": household.town,
        "village": household.village,
        "card_no": household.card_no,
        "householder": household.householder,
        "relation": person.relation,
        "psn_name": person.psn_name,
        "certno": person.certno,
        "category": category,
        "start": month_text(person.start),
        "insured": person.insured,
        "tel": tel,
        "bank": household.account.bank,
        "holder": household.account.holder,
        "account": household.account.number,
        "change": change,
        "remark": "",
    }
    dirt = month.dirt_of(person)
    if dirt:
        key, spoil = _SPOILERS[dirt]
        cells[key] = spoil(cells[key])
    return cells


def _wrong_check_digit(certno: str) -> str:
    return certno[:17] + ("1" if certno[17] != "1" else "2")


def _impossible_day(certno: str) -> str:
    body = f"{certno[:10]}0230{certno[14:17]}"
    return body + check_digit(body)


def _full_width(certno: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) for char in certno)


_SPOILERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "full_width": ("certno", _full_width),
    "lower_x": ("certno", str.lower),
    "spaced_number": ("certno", lambda certno: f" {certno[:6]} {certno[6:14]} {certno[14:]}\u00a0"),
    "spaced_name": ("psn_name", lambda name: f"{name[0]}\u3000{name[1:]}"),
    "certno_checksum": ("certno", _wrong_check_digit),
    # What a spreadsheet does to a number typed into an ordinary cell: digits beyond the 15th are lost.
    "certno_numeric_cell": ("certno", lambda certno: float(certno[:15] + "000")),
    "certno_malformed": ("certno", lambda certno: certno[:17]),
    "certno_date": ("certno", _impossible_day),
    "certno_missing": ("certno", lambda certno: ""),
    "name_missing": ("psn_name", lambda name: ""),
}
