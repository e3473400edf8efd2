"""Reading a roster: who receives assistance of which category, since when, in which household."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from insurer.kernel.errors import Invalid, Problem
from insurer.people.characters import squeezed
from insurer.people.reading.columns import Field, Layout, Merge
from insurer.people.reading.messages import place
from insurer.people.reading.names import name_key, read_name
from insurer.people.reading.pages import Households, Page, long_number_lost, text_of
from insurer.people.reading.plain_rows import PlainReader
from insurer.people.reading.reader import HiddenSheets, Reader
from insurer.people.reading.result import RosterRow
from insurer.people.reading.row_store import Batch, put
from insurer.people.reading.sheets import Sheet, Workbook
from insurer.people.reading.starts import Start, read_start
from insurer.people.reading.wording import (
    category_in_titles,
    read_categories,
    read_change,
    read_insutype,
)

_categories = lru_cache(maxsize=4096)(read_categories)
_change = lru_cache(maxsize=4096)(read_change)
_insutype = lru_cache(maxsize=1024)(read_insutype)


class RosterReader(Reader):
    """Reads a roster; rows without any dirt by columns, the others one by one, to the same result."""

    def __init__(
        self, book: Workbook, filename: str, month: date, known: Mapping[str, str], use_hidden: HiddenSheets
    ) -> None:
        super().__init__(book, filename, month, known, use_hidden)
        self._starts: dict[str, Start] = {}
        self._plain = PlainReader(month, self._latest, book.typed)

    def _another(self) -> "RosterReader":
        return RosterReader(self._book, self._filename, self._month, self._known, True)

    def _page(
        self,
        sheet: Sheet,
        layout: Layout,
        titles: Sequence[str],
        merges: Sequence[Merge],
        head: Sequence[Sequence[object]],
    ) -> Page:
        self._warn_of_month([*titles, sheet.name, self._filename])
        category = category_in_titles(titles) or category_in_titles([sheet.name, self._filename])
        if Field.CATEGORY not in layout.columns and category is None:
            message = "没有“保障类别”一栏，标题里也没有写。请发送单位补上后重发。"
            where = f"工作表“{sheet.name}”"
            raise Invalid(
                f"“{self._filename}”没有收下：{where}{message}",
                (Problem("category", message, f"{self._filename} {where}", "category_missing"),),
            )
        return Page(sheet, layout, Households(layout, merges), category)

    def _batch(self, page: Page, rows: list[list[object]], first: int) -> Batch:
        if len(page.layout.people) > 1:
            return super()._batch(page, rows, first)
        page.fill(rows, first)
        columns, odd = self._plain.read(page, rows, first)
        if not odd:
            return Batch(columns, len(rows))
        name_column, certno_column = page.layout.people[0]
        left: list[int] = []
        for at in sorted(odd):
            self._person(page, first + at, rows[at], name_column, certno_column, 0)
            if self._late:
                put(columns, at, self._late.pop(), len(rows))
            else:
                left.append(at)
        return Batch(columns, len(rows)).without(left)

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
        self._late.append(
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
        if column is not None and isinstance(cell, float) and long_number_lost(cell):
            self._part.warnings.append(
                f"{place(index + 1, column)}（{page.sheet.name}）：长号码以数字格式保存，末几位已丢失。"
                "没有采用，请发送单位改成文本格式。"
            )
            return ""
        return text_of(cell)
