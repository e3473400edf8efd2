"""Where the columns of a roster are: found by the words of the header, never by letter or order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from insurer.people.characters import FULL_WIDTH, is_blank

Merge = tuple[tuple[int, int], tuple[int, int]]
"""A merged range: first and last (row, column), counted from 0."""


class Field(StrEnum):
    """A canonical column of a roster; the value is the field's name in reports."""

    CERTNO = "certno"
    NAME = "psn_name"
    HEAD_CERTNO = "householder_certno"
    HOUSEHOLDER = "householder"
    RELATION = "relation"
    TOWN = "town"
    VILLAGE = "village"
    CATEGORY = "category"
    CARD_NO = "card_no"
    START = "start"
    CHANGE = "change"
    REMARK = "remark"
    INSURANCE = "insurance"
    TEL = "tel"
    BANK = "bank"
    ACCOUNT = "account"
    HOLDER = "holder"
    HAPPENED = "happened_on"
    """The day of a death or a move, on lists of these; its words are those of :mod:`leaving_days`."""


_ALIASES: Final[dict[Field, str]] = {
    Field.CERTNO: (
        "身份证号 身份证号码 身份证件号码 公民身份号码 公民身份证号码 居民身份证号码 居民身份证号 "
        "身份证 身份证件号 证件号码 证件号 身份号码 本人身份证号 本人身份证号码 成员身份证号 "
        "成员身份证号码 家庭成员身份证号 家庭成员身份证号码 保障对象身份证号 保障对象身份证号码 "
        "救助对象身份证号 救助对象身份证号码"
    ),
    Field.NAME: (
        "姓名 家庭成员姓名 保障对象姓名 成员姓名 救助对象 救助对象姓名 保障对象 对象姓名 人员姓名 "
        "家庭成员 本人姓名 低保对象 低保对象姓名 参保人姓名"
    ),
    Field.HEAD_CERTNO: (
        "户主身份证号 户主身份证号码 户主身份证 户主证件号码 户主公民身份号码 户主证号 "
        "申请人身份证号 申请人身份证号码 申请人身份证 申请人证件号码 低保户主身份证号 低保户主身份证号码"
    ),
    Field.HOUSEHOLDER: "户主 户主姓名 申请人 申请人姓名 低保户主 低保户主姓名",
    Field.RELATION: "与户主关系 家庭关系 关系 与申请人关系 与户主的关系 与持证人关系",
    Field.TOWN: "镇街 镇街道 街镇 街道乡镇 乡镇街道 乡镇 街道 镇 所属镇街 所属街道 镇街名称 乡镇街道名称",
    Field.VILLAGE: "村社 村居 村社区 村居委会 居委会 村 社区 村委会 村居名称 所属村居 村居社区 社区村",
    Field.CATEGORY: (
        "优先身份 医疗救助身份 救助身份 对象类别 保障类别 持证类别 类别 类型 保障类型 人员类别 救助类别 "
        "救助类型 对象类型 身份类别 低保类别 低保类型 人员身份"
    ),
    Field.CARD_NO: "低保证号 低保证编号 证号 救助证号 低保证号码 户编号 户号 家庭编号 户编号低保证号",
    Field.START: (
        "享受起始年月 起始保障年月 开始享受低保时间 纳入时间 批准日期 享受开始年月 起始年月 批准年月 "
        "审批时间 审批日期 批准时间 享受起始时间 享受低保时间 开始享受时间 纳入资助时间 救助开始时间 "
        "起始时间 保障起始年月 待遇享受开始时间"
    ),
    Field.CHANGE: "身份变更情况 变动类型 状态 变更情况 变更类型 变动情况 人员状态 保障状态 救助状态",
    Field.REMARK: "备注 说明",
    Field.INSURANCE: (
        "居民医保参保状态 参保状态 医保参保状态 医保状态 参保类型 险种 险种类型 参保险种 医保类型 "
        "医疗保险类型 医疗保险参保情况 参保情况 居民医保参保情况 基本医保参保情况"
    ),
    Field.TEL: "联系电话 电话 手机号 手机 手机号码 电话号码 联系方式 联系人电话",
    Field.BANK: "开户行 开户银行 发放银行 银行 银行名称 开户行名称",
    Field.ACCOUNT: (
        "银行卡号 银行账号 社保卡银行账号 社保卡账号 一卡通账号 账号 卡号 银行帐号 帐号 社保卡号 一卡通号"
    ),
    Field.HOLDER: "账户名称 户名 开户名 账户名 开户人 账户姓名 开户姓名 帐户名称",
}
_FIELD_OF: Final = {alias: field for field, aliases in _ALIASES.items() for alias in aliases.split()}

_NUMBERS: Final = frozenset({Field.CERTNO, Field.HEAD_CERTNO})
HOUSEHOLD_FIELDS: Final = frozenset(
    {
        Field.TOWN,
        Field.VILLAGE,
        Field.CARD_NO,
        Field.HOUSEHOLDER,
        Field.CATEGORY,
        Field.START,
        Field.INSURANCE,
        Field.TEL,
        Field.BANK,
        Field.ACCOUNT,
        Field.HOLDER,
    }
)
"""Columns whose cell may be merged over the members of a household; a person's own cells never are."""

_PUNCTUATION = re.compile(r"[\s/、，,;；:：*＊·.。\-—_\"“”'()（）\[\]【】〔〕<>《》]+")
_BRACKETED = re.compile(r"[(（\[【〔<《].*?[)）\]】〕>》]")
_NUMBERING = re.compile(r"[0-9一二三四五六七八九十]+$|(?<=成员)[0-9一二三四五六七八九十]+")
_PLAIN_HEADER_LENGTH = 40
SEARCHED_ROWS: Final = 80
"""How far down a header is looked for."""


_HEADS: ContextVar[Mapping[str, str]] = ContextVar("heads", default={})  # noqa: B039 - never changed


@contextmanager
def understood(heads: Mapping[str, str]) -> Iterator[None]:
    """Read headers as a sender means them: ``heads`` maps :func:`head_key` to a field, "" for no field."""
    token = _HEADS.set(heads)
    try:
        yield
    finally:
        _HEADS.reset(token)


def head_key(text: str) -> str:
    """Return the words of a header without signs and blanks, full-width letters narrowed."""
    return "".join(c for c in _PUNCTUATION.sub("", text.translate(FULL_WIDTH)) if not is_blank(c))[:60]


def chosen_field(text: str) -> str | None:
    """Return the field that the sender means by a header text, "" for none; None when nobody has said."""
    own = _HEADS.get()
    return own.get(head_key(text)) if own else None


def header_field(text: str) -> Field | None:
    """Return the canonical field that a header text names, None for any other column."""
    if not text or len(text) > _PLAIN_HEADER_LENGTH:
        return None
    chosen = chosen_field(text)
    if chosen is not None:
        return Field(chosen) if chosen else None
    narrow = text.translate(FULL_WIDTH)
    for form in (narrow, _BRACKETED.sub("", narrow)):
        bare = "".join(c for c in _PUNCTUATION.sub("", form) if not is_blank(c))
        field = _FIELD_OF.get(bare) or _FIELD_OF.get(_NUMBERING.sub("", bare))
        if field is not None:
            return field
    return None


@dataclass(frozen=True, slots=True)
class Layout:
    """A found header: its rows (first and last, from 0), the columns of the shared fields, and for each
    person that a row holds the columns of name and person number (one pair, or several side by side).
    """

    first: int
    last: int
    columns: dict[Field, int]
    people: tuple[tuple[int, int], ...]
    householder_is_person: bool

    def moved(self, rows: int) -> "Layout":
        """Return the same layout so many rows further down."""
        return replace(self, first=self.first + rows, last=self.last + rows)

    def repeats_at(self, row: Sequence[object]) -> bool:
        """Tell whether a later row is a header again, as printed on every page, in any columns."""
        cell = row[self.people[0][1]] if self.people[0][1] < len(row) else ""
        if not isinstance(cell, str) or any(map(str.isdigit, cell)):
            return False
        fields = {header_field(cell) for cell in row if isinstance(cell, str)}
        return not fields.isdisjoint(_NUMBERS) and not fields.isdisjoint({Field.NAME, Field.HOUSEHOLDER})


def find_layout(rows: Sequence[Sequence[object]], merges: Sequence[Merge], start: int = 0) -> Layout | None:
    """Find the header at or below ``start``: the first row naming a person number and a name.

    A header may stand in several rows: what is merged over them counts in each, a cell's own words are read
    together with the words above it (户主 over 姓名 is 户主姓名), and blank cells take the row above.
    """
    for index in range(start, min(len(rows), start + SEARCHED_ROWS)):
        if not any(isinstance(cell, str) and header_field(cell) in _NUMBERS for cell in rows[index]):
            continue
        # Above the first header row there is only title; below, a header never reaches back over data.
        top = max(start, index - 2)
        block = _merge_filled(rows, merges, top, min(len(rows), index + 4))
        bottom = min(_bottom(rows, merges, index), len(rows) - 1)
        layout = _layout(block, top, index, bottom)
        if layout is not None:
            return layout
    return None


def _merge_filled(
    rows: Sequence[Sequence[object]], merges: Sequence[Merge], top: int, end: int
) -> list[list[str]]:
    """Copy the texts of a few rows with merged words written into every cell they cover."""
    block = [[cell if isinstance(cell, str) else "" for cell in row] for row in rows[top:end]]
    for (first_row, first_column), (last_row, last_column) in merges:
        if first_row < top or last_row >= end or first_row >= end:
            continue
        words = block[first_row - top][first_column] if first_column < len(block[first_row - top]) else ""
        for row in range(first_row - top, last_row - top + 1):
            for column in range(first_column, min(last_column + 1, len(block[row]))):
                block[row][column] = words
    return block


def _bottom(rows: Sequence[Sequence[object]], merges: Sequence[Merge], index: int) -> int:
    """Return the last row of a header whose person-number cell is in row ``index``."""
    merged = max(
        (
            last_row
            for (first_row, first_column), (last_row, _) in merges
            if first_row <= index < last_row <= index + 3
            and first_column < len(rows[first_row])
            and isinstance(words := rows[first_row][first_column], str)
            and header_field(words) is not None
        ),
        default=index,
    )
    if merged > index or index + 1 >= len(rows):
        return merged
    # Without merge marks (CSV) a second header row shows by naming fields where the first one is blank.
    below, own = rows[index + 1], rows[index]
    blank_above = [
        cell
        for column, cell in enumerate(below)
        if isinstance(cell, str) and header_field(cell) and (column >= len(own) or not own[column])
    ]
    names_person = any(isinstance(cell, str) and header_field(cell) in _NUMBERS for cell in below)
    return index + 1 if blank_above and not names_person else index


def _layout(block: Sequence[Sequence[str]], top: int, index: int, bottom: int) -> Layout | None:
    width = max((len(row) for row in block), default=0)
    fields: list[Field | None] = []
    first_used = index
    for column in range(width):
        stack: list[tuple[int, str]] = []
        for row in range(top, bottom + 1):
            cells = block[row - top]
            words = cells[column] if column < len(cells) else ""
            if words and (not stack or stack[-1][1] != words):
                stack.append((row, words))
        field, used = _field_of(stack, index)
        fields.append(field)
        if field is not None:
            first_used = min(first_used, used)
    certnos = [column for column, field in enumerate(fields) if field is Field.CERTNO]
    heads = [column for column, field in enumerate(fields) if field is Field.HEAD_CERTNO]
    if heads and len(certnos) != 1:
        # A list of householders alone, or a household in one row: then the householder is a person of it.
        certnos = sorted([*certnos, *heads])
    names = [column for column, field in enumerate(fields) if field is Field.NAME]
    householders = [column for column, field in enumerate(fields) if field is Field.HOUSEHOLDER]
    people, householder_is_person = _people(certnos, heads, names, householders)
    if not people:
        return None
    columns: dict[Field, int] = {}
    for column, field in enumerate(fields):
        if field is not None and field not in (Field.CERTNO, Field.HEAD_CERTNO, Field.NAME):
            columns.setdefault(field, column)
    return Layout(first_used, bottom, columns, people, householder_is_person)


def _field_of(stack: Sequence[tuple[int, str]], index: int) -> tuple[Field | None, int]:
    """Read the words standing over one column, lowest last; the row of the words used comes along."""
    if not stack:
        return None, index
    row, words = stack[-1]
    if len(stack) > 1 and stack[-2][0] >= index - 2:
        above_row, above = stack[-2]
        together = header_field(above + words)
        if together is not None:
            return together, above_row
        if header_field(above) is Field.HOUSEHOLDER:
            # A sub-column of the householder (his number, his telephone) is not the member's.
            return None, index
    if row >= index:
        own = header_field(words)
        if own is not None:
            return own, row
    for above_row, above in reversed(stack[:-1] if row >= index else stack):
        found = header_field(above)
        if found is not None:
            return found, above_row
    return None, index


def _people(
    certnos: Sequence[int], heads: Sequence[int], names: Sequence[int], householders: Sequence[int]
) -> tuple[tuple[tuple[int, int], ...], bool]:
    """Pair each person number with the nearest name to its left (or right, when none is left over).

    A number goes with a name of its own kind where there is one: the householder may stand between a person
    and the number. A householder's number is a person's only where the row has no member of its own (a list
    of householders) or several members side by side (a household in one row).
    """
    free = sorted([*names, *householders])
    pairs: list[tuple[int, int]] = []
    for certno in certnos:
        own = householders if certno in heads else names
        left = [column for column in free if column < certno]
        nearest = next((column for column in reversed(left) if column in own), left[-1] if left else None)
        if nearest is None:
            nearest = next((column for column in free if column in own), free[0] if free else None)
        if nearest is None:
            break
        free.remove(nearest)
        pairs.append((nearest, certno))
    members = [pair for pair in pairs if pair[0] in names]
    if not members:
        first = pairs[:1]
        return tuple(first), bool(first)
    if len(members) > 1:
        return tuple(pairs), any(pair[0] in householders for pair in pairs)
    return tuple(members), False
