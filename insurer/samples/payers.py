"""What the payers before us pay on an invented bill, by round figures that resemble local practice.

The figures are placeholders for samples: deductible and rate by hospital level, critical illness above a
deductible, medical assistance on what is left. They never enter a calculation of ours.
"""

from dataclasses import dataclass

from insurer.kernel.money import half_up
from insurer.samples.fee_lines import FeeLines

_DEDUCTIBLE = {"1": 80_000, "2": 50_000, "3": 20_000, "9": 80_000}
_RATE = {"1": 65, "2": 75, "3": 85, "9": 50}
_CRITICAL_ILLNESS_FROM = 1_000_000
_CRITICAL_ILLNESS_RATE = 65
_ASSISTANCE_RATE = 70


@dataclass(frozen=True, slots=True)
class Paid:
    """Amounts in fen that each payer took, the deductible used, and the basic scheme's rate in percent."""

    hifp: int = 0
    hifmi: int = 0
    hifob: int = 0
    maf: int = 0
    other: int = 0
    hospital: int = 0
    account: int = 0
    deductible: int = 0
    rate: int = 0

    @property
    def funds(self) -> int:
        """The total of the funds; hospital and personal account are not among them."""
        return self.hifp + self.hifmi + self.hifob + self.maf + self.other


def pay(
    lines: FeeLines, *, med_type: str, level: str, employee: bool = False, hospital: int = 0, other: int = 0
) -> Paid:
    """Return what the earlier payers take on ``lines``; never more than the cost in scope.

    ``hospital`` is what the hospital bears and ``other`` an unnamed further fund, both in fen.
    """
    inpatient = med_type[:1] == "2" or med_type[:2] == "52"
    deductible = min(_DEDUCTIBLE[level], lines.scope) if inpatient else 0
    rate = _RATE[level] if inpatient else 60 if med_type[:2] == "14" else 50
    hifp = half_up((lines.scope - deductible) * rate, 100)
    left = lines.scope - hifp - hospital - other
    above = max(0, left + lines.first - _CRITICAL_ILLNESS_FROM)
    ill = min(left, half_up(above * _CRITICAL_ILLNESS_RATE, 100))
    left -= ill
    if employee:
        return Paid(hifp=hifp, hifob=ill, other=other, hospital=hospital, deductible=deductible, rate=rate)
    # Chemists' bills are not settled at one stop with medical assistance.
    maf = half_up(left * _ASSISTANCE_RATE, 100) if left > 0 and med_type[:2] != "41" else 0
    return Paid(
        hifp=hifp, hifmi=ill, maf=maf, other=other, hospital=hospital, deductible=deductible, rate=rate
    )
