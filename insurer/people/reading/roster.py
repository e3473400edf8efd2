"""Reading a bureau's roster: every row is accepted, refused with a remedy, or left out with a reason."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from insurer.kernel.dates import next_month
from insurer.kernel.errors import Invalid, Problem
from insurer.people.characters import squeezed
from insurer.people.masking import mask_certno, mask_name
from insurer.people.reading import certno as certnos
from insurer.people.reading.columns import Field, Layout, find_layout
from insurer.people.reading.gate import DEFAULT_LIMITS, Limits
from insurer.people.reading.messages import other_month, place, refusal
from insurer.people.reading.names import name_key, read_name
from insurer.people.reading.pages import Page, fill_households, text_of, why_no_person
from insurer.people.reading.result import Rejection, Repair, RosterFile, RosterRow, SheetSummary, Skip
from insurer.people.reading.starts import Start, read_start
from insurer.people.reading.wording import (
    category_in_titles,
    read_categories,
    read_change,
    read_insutype,
)
from insurer.people.reading.workbook import Sheet, Workbook, base_name, open_workbook
from insurer.people.rules import EXITS

_TITLE_MONTH = re.compile(r"(20\d{2})\s*年\s*(1[0-2]|0?[1-9])\s*月")
_DIGITS_KEPT: Final = 1e15
_FEWEST_DIGITS: Final = 6
_LONGEST_NAME: Final = 50

_categories = lru_cache(maxsize=4096)(read_categories)
_change = lru_cache(maxsize=4096)(read_change)
_insutype = lru_cache(maxsize=1024)(read_insutype)


def read_roster(
    content: bytes,
    filename: str,
    month: date,
    *,
    use_hidden: bool = False,
    known_upgrades: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> RosterFile:
    """Read the roster of a month (its first day) from a file as received (interface section 5).

    ``use_hidden`` also takes hidden sheets, ``known_upgrades`` maps the 18-character forms of persons on file
    to their ``name_key`` so that a 15-digit number of the same name is accepted. Raises :class:`Invalid` or
    :class:`TooLarge` when the file as a whole is refused; a bad row never raises.
    """
    name = base_name(filename)
    book = open_workbook(content, name, limits)
    reader = _Reader(book, name, month, known_upgrades or {})
    for sheet in book.sheets:
        reader.take(sheet, used=use_hidden or not sheet.hidden)
    if not any(summary.used for summary in reader.sheets):
        hidden = any(summary.hidden and summary.rows for summary in reader.sheets)
        message = (
            "只有隐藏的工作表里有名单。请核对后选“使用隐藏工作表”。"
            if hidden
            else "没有找到表头。请确认有“姓名”和“身份证号”两栏。"
        )
        raise Invalid(f"“{name}”没有收下：{message}", (Problem("file", message, name, "header_missing"),))
    return RosterFile(
        filename=name,
        sha256=hashlib.sha256(content).hexdigest(),
        month=month,
        encoding=book.encoding,
        sheets=tuple(reader.sheets),
        rows=len(reader.accepted) + len(reader.rejected),
        accepted=tuple(reader.accepted),
        repaired=tuple(reader.repaired),
        rejected=tuple(reader.rejected),
        skipped=tuple(reader.skipped),
        warnings=tuple(dict.fromkeys(reader.warnings)),
        upgrade_candidates=frozenset(reader.candidates),
    )


class _Reader:
    """Collects the results of all sheets of one file."""

    def __init__(self, book: Workbook, filename: str, month: date, known: Mapping[str, str]) -> None:
        self._book, self._filename, self._month, self._known = book, filename, month, known
        self._latest = next_month(month) - timedelta(days=1)
        self._seen: dict[str, int] = {}
        self._starts: dict[str, Start] = {}
        self.sheets: list[SheetSummary] = []
        self.accepted: list[RosterRow] = []
        self.repaired: list[Repair] = []
        self.rejected: list[Rejection] = []
        self.skipped: list[Skip] = []
        self.warnings: list[str] = []
        self.candidates: set[str] = set()

    def take(self, sheet: Sheet, *, used: bool) -> None:
        """Read one sheet; one that is not used is only counted."""
        if not used:
            count = _Reader(self._book, self._filename, self._month, self._known)
            count.take(sheet, used=True)
            self.sheets.append(SheetSummary(sheet.name, sheet.hidden, False, count.sheets[0].rows))
            return
        layout = find_layout(sheet.rows, sheet.merges)
        if layout is None:
            self.sheets.append(SheetSummary(sheet.name, sheet.hidden, False, 0))
            if any(_looks_like_certno(cell) for row in sheet.rows for cell in row):
                self.warnings.append(f"工作表“{sheet.name}”里有证号，但没有找到表头，所以没有读。请核对。")
            return
        before = len(self.accepted) + len(self.rejected)
        page = self._page(sheet, layout)
        index = layout.last + 1
        while index < len(sheet.rows):
            row = sheet.rows[index]
            if page.layout.repeats_at(row):
                page, index = self._next_header(page, index)
                continue
            for person, (name_column, certno_column) in enumerate(page.layout.people):
                self._person(page, index, row, name_column, certno_column, person)
            index += 1
        rows = len(self.accepted) + len(self.rejected) - before
        self.sheets.append(SheetSummary(sheet.name, sheet.hidden, True, rows))

    def _page(self, sheet: Sheet, layout: Layout) -> Page:
        titles = [text_of(cell) for row in sheet.rows[: layout.first] for cell in row if cell != ""]
        for title in [*titles, sheet.name, self._filename]:
            found = _TITLE_MONTH.search(title)
            if found and (other := date(int(found.group(1)), int(found.group(2)), 1)) != self._month:
                self.warnings.append(other_month(title, other, self._month))
                break
        category = category_in_titles(titles) or category_in_titles([sheet.name, self._filename])
        if Field.CATEGORY not in layout.columns and category is None:
            message = "没有“保障类别”一栏，标题里也没有写。请发送单位补上后重发。"
            where = f"工作表“{sheet.name}”"
            raise Invalid(
                f"“{self._filename}”没有收下：{where}{message}",
                (Problem("category", message, f"{self._filename} {where}", "category_missing"),),
            )
        filled, shared = fill_households(sheet, layout)
        return Page(sheet, layout, filled, shared, category)

    def _next_header(self, page: Page, index: int) -> tuple[Page, int]:
        """Leave out a header printed again; what follows is read by its own columns."""
        sheet = page.sheet
        again = find_layout(sheet.rows, sheet.merges, index)
        last = again.last if again is not None and again.last < index + 4 else index
        for row in range(index, last + 1):
            self.skipped.append(Skip(sheet.name, row + 1, "重复的表头"))
        if again is not None and again.last == last and again.people != page.layout.people:
            return self._page(sheet, again), last + 1
        if again is not None and again.last == last and again.columns != page.layout.columns:
            return Page(sheet, again, page.filled, page.shared, page.title_category), last + 1
        return page, last + 1

    def _person(
        self,
        page: Page,
        index: int,
        row: Sequence[object],
        name_column: int,
        certno_column: int,
        person: int,
    ) -> None:
        certno_cell = row[certno_column] if certno_column < len(row) else ""
        name_cell = row[name_column] if name_column < len(row) else ""
        name_text = name_cell if isinstance(name_cell, str) else text_of(name_cell)
        if isinstance(certno_cell, str) and sum(map(str.isdigit, certno_cell)) < _FEWEST_DIGITS:
            why = why_no_person(page, index, row, squeezed(certno_cell), squeezed(name_text), person)
            if why is not None:
                if why:
                    self.skipped.append(Skip(page.sheet.name, index + 1, why))
                return
        number = certnos.read_certno(certno_cell, self._latest, self._known)
        name = read_name(name_text)
        if number.detail == "fifteen":
            self.candidates.add(certnos.upgraded(number.value))
        if "fifteen_digits" in number.repairs and self._known[number.value] != name_key(name.display):
            number = certnos.CertNo(number.value, (), certnos.MALFORMED, "fifteen")
        if number.repairs and isinstance(certno_cell, str):
            self._repair(
                page, index, "certno", mask_certno(certno_cell), mask_certno(number.value), number.repairs
            )
        if number.code is not None:
            shown = str(len(number.value)) if number.detail == "length" else ""
            self._refuse(page, index, certno_column, "certno", number.code, number.detail, shown)
            return
        if len(name.display) > _LONGEST_NAME:
            self._refuse(page, index, name_column, "psn_name", "name_missing", "long", certno=number.value)
            return
        if not name.display:
            self._refuse(page, index, name_column, "psn_name", "name_missing", certno=number.value)
            return
        if name.repairs:
            self._repair(page, index, "psn_name", mask_name(name_text), mask_name(name.display), name.repairs)
        if name.warning:
            self.warnings.append(
                f"{place(index + 1, name_column)}（{page.sheet.name}）：姓名里有一个字没有显示出来。请核对。"
            )
        if number.warning:
            self.warnings.append(
                f"{place(index + 1, certno_column)}（{page.sheet.name}）：身份证号的地区码没见过。请核对。"
            )
        self._accept(page, index, row, number.value, name.display, person)

    def _accept(
        self, page: Page, index: int, row: Sequence[object], certno: str, name: str, person: int
    ) -> None:
        word = page.text(row, Field.CATEGORY)
        categories = _categories(word)
        codes = categories.codes
        if not codes and page.title_category and (not word or categories.level_only):
            codes = (page.title_category,) if word or Field.CATEGORY not in page.layout.columns else ()
        column = page.layout.columns.get(Field.CATEGORY, 0)
        if not codes:
            detail = "words" if word else ""
            self._refuse(page, index, column, "category", "category_unknown", detail, word, certno)
            return
        several = (index, column) in page.shared or len(page.layout.people) > 1
        if categories.single and several and self._others(page, index, row):
            self._refuse(page, index, column, "category", "category_unknown", "shared", word, certno)
            return
        start = self._start(page, index, row, certno)
        if start is None:
            return
        change_word = page.text(row, Field.CHANGE)
        change = _change(change_word)
        remark = page.text(row, Field.REMARK)
        if not change and (change := _change(remark)):
            change_word = remark
        if not change and categories.change:
            change, change_word = categories.change, word
        householder = read_name(page.text(row, Field.HOUSEHOLDER)).display
        if page.layout.householder_is_person:
            relation = "户主" if person == 0 else ""
            householder = householder or (name if person == 0 else "")
        else:
            relation = page.text(row, Field.RELATION)
        self._add(
            page,
            RosterRow(
                sheet=page.sheet.name,
                row=index + 1,
                certno=certno,
                name=name,
                name_key=name_key(name),
                categories=codes,
                category_word=word,
                town=page.text(row, Field.TOWN),
                village=page.text(row, Field.VILLAGE),
                card_no=self._digits(page, index, row, Field.CARD_NO),
                householder=householder,
                relation=relation,
                start=start.day,
                start_precision=start.precision,
                change=change,
                change_word=change_word,
                insutype=_insutype(page.text(row, Field.INSURANCE)),
                tel=page.text(row, Field.TEL),
                bank=page.text(row, Field.BANK),
                account=squeezed(self._digits(page, index, row, Field.ACCOUNT)),
                holder=read_name(page.text(row, Field.HOLDER)).display,
            ),
        )

    def _others(self, page: Page, index: int, row: Sequence[object]) -> bool:
        """Tell whether a category stands for more than one person."""
        if (index, page.layout.columns.get(Field.CATEGORY, -1)) in page.shared:
            return True
        numbers = [row[c] for _, c in page.layout.people if c < len(row) and row[c] not in ("", None)]
        return len(numbers) > 1

    def _start(self, page: Page, index: int, row: Sequence[object], certno: str) -> Start | None:
        column = page.layout.columns.get(Field.START)
        if column is None or column >= len(row):
            return Start(None)
        cell = row[column]
        start = self._starts.get(cell) if isinstance(cell, str) else None
        if start is None:
            start = read_start(cell, self._month, typed=self._book.typed, epoch_1904=self._book.epoch_1904)
            if isinstance(cell, str):
                self._starts[cell] = start
        if start.code is not None:
            self._refuse(page, index, column, "start", start.code, start.detail, text_of(cell), certno)
            return None
        if start.repaired and start.day is not None and (index, column) not in page.filled:
            self._repair(page, index, "start", text_of(cell), start.day.isoformat(), ("date_serial",))
        return start

    def _digits(self, page: Page, index: int, row: Sequence[object], field: Field) -> str:
        """Read a long number kept as text; one stored as a number has lost digits and is dropped aloud."""
        column = page.layout.columns.get(field)
        cell = row[column] if column is not None and column < len(row) else ""
        if column is not None and isinstance(cell, float) and abs(cell) >= _DIGITS_KEPT:
            self.warnings.append(
                f"{place(index + 1, column)}（{page.sheet.name}）：长号码以数字格式保存，末几位已丢失。"
                "没有采用，请发送单位改成文本格式。"
            )
            return ""
        return text_of(cell)

    def _add(self, page: Page, row: RosterRow) -> None:
        """Take a row, or unite it with an earlier one of the same person."""
        earlier_index = self._seen.get(row.certno)
        if earlier_index is None:
            self._seen[row.certno] = len(self.accepted)
            self.accepted.append(row)
            return
        earlier = self.accepted[earlier_index]
        where = f"“{earlier.sheet}”第 {earlier.row} 行"
        column = page.layout.people[0][1]
        if earlier.name_key != row.name_key:
            self._refuse(page, row.row - 1, column, "certno", "duplicate_conflict", "", where, row.certno)
            return
        if earlier.facts() == row.facts():
            self.skipped.append(Skip(row.sheet, row.row, f"与{where}重复"))
            return
        left_earlier, left_now = earlier.change in EXITS, row.change in EXITS
        if left_earlier and not left_now:
            # Moved or turned into another category: the row that still holds is the person's.
            self.accepted[earlier_index] = row
            self.skipped.append(
                Skip(earlier.sheet, earlier.row, f"同一人，以“{row.sheet}”第 {row.row} 行为准")
            )
            return
        if left_earlier == left_now:
            united = tuple(dict.fromkeys([*earlier.categories, *row.categories]))
            self.accepted[earlier_index] = earlier._replace(categories=united)
        self.skipped.append(Skip(row.sheet, row.row, f"同一人，并入{where}"))

    def _refuse(
        self,
        page: Page,
        index: int,
        column: int,
        field: str,
        code: str,
        detail: str = "",
        value: str = "",
        certno: str = "",
    ) -> None:
        message = refusal(code, detail, place(index + 1, column), value)
        self.rejected.append(Rejection(page.sheet.name, index + 1, field, code, message, certno, column))

    def _repair(
        self, page: Page, index: int, field: str, before: str, after: str, rules: tuple[str, ...]
    ) -> None:
        self.repaired.append(Repair(page.sheet.name, index + 1, field, before, after, "+".join(rules)))


def _looks_like_certno(cell: object) -> bool:
    return isinstance(cell, str) and 15 <= len(cell) <= 40 and sum(c.isdigit() for c in cell) >= 15
