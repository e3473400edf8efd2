"""Whose signature a decision needs: amount tiers, and what makes the second look weigh more. Pure."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from insurer.kernel.money import display, parse_yuan

Late = Literal["", "late", "settled"]
"""Filed after the soft date, or after the year was settled (a supervisor decides)."""

WEIGHTY_WORDS: Final[dict[str, str]] = {
    "refusal": "拒付",
    "finding": "人工改判费用",
    "accident": "意外或第三人责任",
    "heir": "继承人领取",
    "late": "逾期申请",
    "settled": "年度清算以后才申请",
    "review": "复核或投诉后重开",
    "advance": "已提前给付",
}
"""What makes a case weighty: the second person writes an opinion on it."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Tiers in force on a day; amounts in fen.

    A reviewer decides below ``reviewer_below_fen``, a supervisor from there; from ``two_approvals_from_fen``
    two people agree one after the other, the second of them a supervisor.
    """

    from_on: date
    reviewer_below_fen: int
    two_approvals_from_fen: int
    approval_working_days: int
    review_days: int
    late_after: tuple[int, int]
    settled_after: tuple[int, int]

    def needs_supervisor(self, benefit_fen: int) -> bool:
        """Tell whether the amount is of the tier that a supervisor must decide."""
        return benefit_fen >= self.reviewer_below_fen

    def needs_two(self, benefit_fen: int) -> bool:
        """Tell whether two people must agree one after the other."""
        return benefit_fen >= self.two_approvals_from_fen

    def lateness(self, year: int, received_on: date) -> Late:
        """Tell whether a request for a year's cover came after the soft date or after the settlement."""
        following = year + 1
        if received_on > date(following, *self.settled_after):
            return "settled"
        return "late" if received_on > date(following, *self.late_after) else ""

    @property
    def large_words(self) -> str:
        """The supervisor's tier in words, 30,000 元."""
        return f"{display(self.reviewer_below_fen).removesuffix('.00')} 元"

    @property
    def two_words(self) -> str:
        """The tier of two approvals in words, 100,000 元."""
        return f"{display(self.two_approvals_from_fen).removesuffix('.00')} 元"


@cache
def _tiers() -> tuple[Authority, ...]:
    raw = tomllib.loads((files("insurer.claims") / "data" / "authority.toml").read_text("utf-8"))
    tiers = [
        Authority(
            from_on=row["from"],
            reviewer_below_fen=parse_yuan(row["reviewer_below"]),
            two_approvals_from_fen=parse_yuan(row["two_approvals_from"]),
            approval_working_days=row["approval_working_days"],
            review_days=row["review_days"],
            late_after=_month_day(row["late_after"]),
            settled_after=_month_day(row["settled_after"]),
        )
        for row in raw["tiers"]
    ]
    return tuple(sorted(tiers, key=lambda one: one.from_on))


def _month_day(text: str) -> tuple[int, int]:
    month, _, day = text.partition("-")
    return int(month), int(day)


def authority_on(day: date) -> Authority:
    """Return the tiers in force on a day; the first ones before any began."""
    tiers = _tiers()
    return next((one for one in reversed(tiers) if one.from_on <= day), tiers[0])


def weighty(
    *,
    outcome: str,
    findings: int,
    accident: bool,
    heir: bool,
    late: Late,
    reviewed: bool = False,
    advanced: bool = False,
) -> list[str]:
    """Return the codes of what the second person must write an opinion on, in the order of the words."""
    holds = {
        "refusal": outcome == "refuse",
        "finding": findings > 0,
        "accident": accident,
        "heir": heir,
        "late": late == "late",
        "settled": late == "settled",
        "review": reviewed,
        "advance": advanced,
    }
    return [code for code in WEIGHTY_WORDS if holds[code]]
