"""Who may end a proposal, and what a preview must have shown before an approval; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from insurer.kernel.errors import Conflict, NotAllowed


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to stored fee lines, as its preview counted it; amounts are fen."""

    lines: int = 0
    cases: int = 0
    fen: int = 0
    open_cases: int = 0
    to_excluded: int = 0
    to_review: int = 0
    to_covered: int = 0
    complete: bool = True

    def content(self) -> dict[str, Any]:
        """Return the counts as plain values, kept with the approval."""
        return {
            "lines": self.lines,
            "cases": self.cases,
            "fen": self.fen,
            "open_cases": self.open_cases,
            "to_excluded": self.to_excluded,
            "to_review": self.to_review,
            "to_covered": self.to_covered,
            "complete": self.complete,
        }


def effect_of(content: Mapping[str, Any]) -> Effect | None:
    """Read :meth:`Effect.content` again; ``None`` when nothing was kept."""
    return Effect(**content) if content else None


def check_second_person(proposed_by: str, actor_id: str) -> None:
    """Refuse the person who proposed: a change of a list takes two."""
    if proposed_by == actor_id:
        raise NotAllowed("这条修改是您提出的，要由另一个人批准")


def check_still_open(ended_as: str | None) -> None:
    """Refuse a proposal that has ended."""
    words = {"approved": "批准", "declined": "退回", "withdrawn": "撤回"}
    if ended_as is not None:
        raise Conflict(f"这条修改已经{words[ended_as]}，不能再办")


def check_preview(previewed: str, current: str) -> None:
    """Refuse an approval whose preview was taken on other lists than those of now."""
    if previewed != current:
        raise Conflict("清单在您看预览以后变过。影响已重新算过，请再看一遍，再批准")
