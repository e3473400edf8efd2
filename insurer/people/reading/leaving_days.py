"""Which column of a list of deaths or moves says when it happened."""

import re
from collections.abc import Sequence
from typing import Final

from insurer.people.characters import FULL_WIDTH
from insurer.people.reading.columns import chosen_field, head_key

KINDS: Final = ("deaths", "moves")
_EVENT: Final = {
    "deaths": re.compile("死亡|去世|身故|亡故|病故"),
    "moves": re.compile("迁出|迁移|转出|搬迁|迁"),
}
_LOSS: Final = re.compile("变动|变更|取消|终止|注销|退出|停保|停发|停止|减员|清退|销户|失去|丧失|离开")
"""What an office calls the end of an identity, whatever ended it."""
_DAY: Final = re.compile("时间|日期|年月|月份|日子|之日|日$")
_OTHER: Final = re.compile(
    "前|原因|证明|编号|证号|是否|地|类型|类别|情况|人|状态|说明|填报|填表|上报|登记|公示|开始|起始|恢复"
)
"""Words by which such a head says something else than when it happened."""


def day_rank(words: str, kind: str) -> int | None:
    """Return how well words say when a death (or move) happened, 0 best; None when they say something else.

    The event's own day goes before the day of a change or of the end of an identity (变动年月, 身份取消时间),
    and that before a head that names the event and no day.
    """
    bare = head_key(words.translate(FULL_WIDTH))
    is_day, is_event = bool(_DAY.search(bare)), bool(_EVENT[kind].search(bare))
    if is_day and is_event and not _OTHER.search(bare):
        return 0
    if is_day and is_event:
        return 2
    if is_day and _LOSS.search(bare) and not _OTHER.search(bare):
        return 1
    return 3 if is_event else None


def day_column(head: Sequence[Sequence[object]], kind: str) -> int | None:
    """Find the column of the day: the one that its sender means, else the one whose head says it best."""
    found: list[tuple[int, int]] = []
    for column in range(max(map(len, head), default=0)):
        stack = _stack(head, column)
        chosen = [field for words in stack if (field := chosen_field(words)) is not None]
        if "happened_on" in chosen:
            return column
        if chosen:
            continue
        ranks = [rank for words in (*stack, "".join(stack)) if (rank := day_rank(words, kind)) is not None]
        if ranks:
            found.append((min(ranks), column))
    return min(found)[1] if found else None


def _stack(head: Sequence[Sequence[object]], column: int) -> list[str]:
    """Return the words over a column, lowest last; upper words stand over the blanks right of them."""
    stack: list[str] = []
    for place, row in enumerate(head):
        cell = _words(row, column)
        if not cell and any(_words(lower, column) for lower in head[place + 1 :]):
            cell = next((words for left in range(column - 1, -1, -1) if (words := _words(row, left))), "")
        if cell:
            stack.append(cell)
    return stack


def _words(row: Sequence[object], column: int) -> str:
    cell = row[column] if column < len(row) else ""
    return cell.strip() if isinstance(cell, str) else ""
