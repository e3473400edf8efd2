"""Which day, and so which year, cover and figures, a bill belongs to."""

from collections.abc import Callable

from insurer.schemes.case_reading import Settlement
from insurer.schemes.recording import Rules, Sheet


def dating_by(cite: str) -> Callable[[Rules], Sheet]:
    """Return what records the day of a bill under the clause that a scheme rests it on."""

    def record_dating(r: Rules) -> Sheet:
        chosen = r.reading(
            "bill_date",
            settlement=r.given("settlement_day", "结算日期", "day"),
            admission=r.given("admission_day", "入院（就诊）日期", "day"),
            discharge=r.given("discharge_day", "出院日期", "day"),
        )
        return r.finish({"bill_day": r.smaller("bill_day", "费用归属日期", cite, chosen)})

    return record_dating


def dates_of(settlement: Settlement) -> dict[str, int]:
    """Return the days of a settlement: a discharge before the admission counts as a visit of one day."""
    return {
        "settlement_day": settlement.settlement_day,
        "admission_day": settlement.admission_day,
        "discharge_day": max(settlement.admission_day, settlement.discharge_day),
    }
