"""Who paid what as a chart in a letter: rows with a bar each, from the amounts that the letter states.

Only lengths and places of bars are worked out here, in thousandths of the whole. The kinds of bars differ in
brightness and outline, so that a black-and-white print loses nothing; the words stand beside every bar.
"""

from typing import Literal, NamedTuple

from insurer.notices.decision_letters import DecisionLetter

Kind = Literal["total", "payer", "left", "ours", "rest"]


class WaterfallRow(NamedTuple):
    """One row: its words, amount (fen), kind, and the bar's start and width in thousandths."""

    label: str
    amount_fen: int
    kind: Kind
    start: int
    width: int


def waterfall_rows(letter: DecisionLetter) -> list[WaterfallRow]:
    """Return the rows from the whole cost to what is left to the person; payers of nothing have none."""
    whole = letter.total_fen
    own = letter.subject == "您"
    rows = [_row("看病一共花了", whole, "total", 0, whole)]
    left = whole
    for payer in letter.payers:
        left -= payer.amount_fen
        if payer.amount_fen:
            rows.append(_row(payer.label, payer.amount_fen, "payer", left, whole))
    rows.append(_row("剩下由您负担" if own else "剩下由个人负担", letter.borne_fen, "left", 0, whole))
    rest = letter.rest_fen
    rows.append(
        _row(
            "其中应由我们付" if letter.paid_fen else "其中我们付给您", letter.amount_fen, "ours", rest, whole
        )
    )
    rows.append(_row("最后您自己出" if own else "最后个人自己出", rest, "rest", 0, whole))
    return rows


def who_paid_nothing(letter: DecisionLetter) -> str:
    """Name those who paid nothing; empty when everybody paid."""
    names = [
        payer.label.removesuffix("付了").removesuffix("承担")
        for payer in letter.payers
        if not payer.amount_fen
    ]
    return "、".join(names)


def _row(label: str, fen: int, kind: Kind, start: int, whole: int) -> WaterfallRow:
    if whole <= 0:
        return WaterfallRow(label, fen, kind, 0, 0)
    width = max(4, fen * 1000 // whole) if fen else 0
    return WaterfallRow(label, fen, kind, min(max(0, start * 1000 // whole), 1000 - width), width)
