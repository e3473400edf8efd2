"""A bill of a day before the first figure of its scheme: it alone is held, the others are calculated."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from insurer.kernel.money import to_yuan
from insurer.schemes.case_reading import Settlement
from insurer.schemes.dating import dates_of
from insurer.schemes.scheme_pack import RunnablePack

CODE = "not_insured"
"""The reason: the scheme insured nobody on that day. Held, for what was in force before is not known here."""


def too_early(
    pack: RunnablePack, settlement: Settlement, overrides: Mapping[str, Any], clause: str
) -> tuple[dict[str, Any], str]:
    """Return the result of a bill for whose day no figure is in force, and the year that it counts in.

    ``clause`` says from when the scheme applies. Nothing was calculated: the trace holds the dating alone.
    """
    trace: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    dated, _ = pack.run("dating", dates_of(settlement), overrides, trace, checks)
    bill_date = date.fromordinal(dated["bill_day"]).isoformat()
    result = {
        "setl_id": settlement.setl_id,
        "status": "held",
        "benefit": to_yuan(0),
        "reasons": [{"code": CODE, "clause": clause}],
        "warnings": [],
        "lines": [],
        "year": bill_date[:4],
        "bill_date": bill_date,
        "provisional": [],
        "trace": trace,
        "checks": checks,
    }
    return result, bill_date[:4]
