"""The letter that answers a review or a complaint."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from insurer.kernel.errors import Problem
from insurer.notices.catalogue import NoticeKind
from insurer.notices.letters import CaseLetter, named


@dataclass(frozen=True, kw_only=True)
class ReviewResultLetter(CaseLetter):
    """复核结果通知书: what was asked, what was looked into again, by another person, and what follows."""

    kind = NoticeKind.REVIEW_RESULT

    matter: str = field(metadata=named("复核还是投诉"))
    review_number: str = field(metadata=named("复核编号", number=True))
    filed_on: date = field(metadata=named("提出日期"))
    decided_on: date = field(metadata=named("答复日期"))
    changed: bool = field(metadata=named("是否改变决定"))
    reasons: str = field(metadata=named("复核理由"))

    def contradictions(self) -> Iterator[Problem]:
        """Refuse an answer before the question."""
        if self.decided_on < self.filed_on:
            yield Problem("decided_on", "答复日期早于提出日期，请核对")
