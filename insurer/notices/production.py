"""From a letter value to its PDF: check, fill the template, render."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from insurer.kernel.errors import Invalid
from insurer.notices.catalogue import CATALOGUE, NoticeKind, day_in_sentence
from insurer.notices.decision_letters import DecisionLetter
from insurer.notices.letters import Copy, Letter, ReceiptLetter
from insurer.notices.money_letters import AdvanceLetter, RecoveryLetter
from insurer.notices.waterfall import waterfall_rows, who_paid_nothing
from insurer.platform.fonts import BUILT_FONTS
from insurer.platform.rendering import (
    LETTER_TEMPLATES,
    LetterIncomplete,
    issue_moment,
    render_html,
    render_pdf,
)


def letter_html(letter: Letter, *, copy: Copy = Copy.CUSTOMER) -> str:
    """Fill the letter's template after checking the letter.

    Raises :class:`LetterIncomplete` when something is missing and :class:`Invalid` when items contradict
    each other; the message lists every problem, because one at a time costs the clerk a round each.
    """
    problems = letter.problems()
    if problems:
        listed = "；".join(_sentence(problem.where, problem.message) for problem in problems)
        kind = LetterIncomplete if any(problem.code == "missing" for problem in problems) else Invalid
        raise kind(f"{letter.entry.title}没有生成：{listed}", problems)
    return render_html(letter.entry.template, {"letter": letter, "copy": copy, **_extra(letter)})


def letter_pdf(letter: Letter, *, copy: Copy = Copy.CUSTOMER, fonts: Path = BUILT_FONTS) -> bytes:
    """Return the letter as PDF; the same letter and fonts give the same bytes."""
    return render_pdf(
        letter_html(letter, copy=copy),
        identifier=f"{letter.number} {copy.value}",
        created_on=issue_moment(letter.issued_on),
        stylesheets=_stylesheets(letter.entry.stylesheet),
        fonts=fonts,
    )


def warm_up() -> None:
    """Load fonts, coverage and styles into this process, so that forked workers need not (0.1 s for 0.7 s).

    A page with every face is rendered and thrown away. The children must leave by ``os._exit``, as a queue
    worker's do: the font files of this process go with its own end.
    """
    page = '<html lang="zh-CN"><title>通知书</title><p>通知书 <b>通知书</b></p><h1>通知书</h1></html>'
    styles = _stylesheets(CATALOGUE[NoticeKind.DECISION].stylesheet)
    render_pdf(page, identifier="warm-up", created_on=issue_moment(date(2026, 1, 1)), stylesheets=styles)


def _sentence(where: str, message: str) -> str:
    return f"{where}{message}" if where else message


@lru_cache(maxsize=32)
def _stylesheets(own: str) -> tuple[str, str]:
    return tuple(  # type: ignore[return-value]
        (LETTER_TEMPLATES / name).read_text(encoding="utf-8") for name in ("_shared/letter.css", own)
    )


def _extra(letter: Letter) -> dict[str, Any]:
    """Values that depend on how a letter is laid out rather than on what it says."""
    if isinstance(letter, DecisionLetter):
        return {
            "chart": waterfall_rows(letter),
            "nothing_from": who_paid_nothing(letter),
            "pay_day": day_in_sentence(letter.pay_by, beside=letter.issued_on),
        }
    if isinstance(letter, AdvanceLetter):
        return {"pay_day": day_in_sentence(letter.pay_by, beside=letter.issued_on)}
    if isinstance(letter, RecoveryLetter):
        return {"return_day": day_in_sentence(letter.return_by, beside=letter.issued_on)}
    if isinstance(letter, ReceiptLetter):
        return {"decide_day": day_in_sentence(letter.decide_by, beside=letter.issued_on)}
    return {}
