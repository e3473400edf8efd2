"""The contract between the scheme rules and the fee-line checker.

The rules need an answer for every fee line; the lists and names that give it live in
``insurer.exclusions``, which the rules must not import. Callers hand the checker in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

Decision = Literal["excluded", "covered", "review"]


class LineVerdict(NamedTuple):
    """What the automatic check says of one fee line.

    ``code`` and ``clause`` name the exclusion (``unit_price_threshold``, ``XB-二(二)4``), ``matched`` the
    text or code that led to it, ``because`` one Chinese sentence for a clerk. ``excluded`` is certain;
    ``review`` means that a person decides.
    """

    decision: Decision
    code: str | None = None
    clause: str | None = None
    matched: str | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class BillFacts:
    """What a line check needs to know of the whole bill.

    ``on`` chooses the dated lists and parameters (the settlement date). ``readings`` are the readings in
    force for the case (``price_threshold_basis`` and the like), ``parameters`` the figures of that day
    (``unit_price_threshold`` in yuan); without them the check takes those of the policy.
    """

    on: date | None = None
    med_type: str = ""
    institution_kind: str = "hospital"
    dual_channel: bool = False
    readings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


LineCheck = Callable[[Sequence[Mapping[str, Any]], BillFacts], list[LineVerdict]]
"""Answers one verdict a line, in order. Lines are mappings with the platform's field names."""
