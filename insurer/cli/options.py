"""Options that several commands share, checked with one message that names option and allowed values."""

from insurer.kernel.errors import Invalid, Problem

_FIRST_YEAR, _LAST_YEAR = 1990, 9998


def known_scheme(scheme: str) -> str:
    """Return a scheme's id; :class:`Invalid` names those that there are."""
    from insurer.schemes.calculate import SCHEMES

    if scheme not in SCHEMES:
        raise refused("--scheme", f"没有方案“{scheme}”，可用的有 {'、'.join(SCHEMES)}")
    return scheme


def year_range(first: int | None, last: int | None) -> None:
    """Check the years of ``--from`` and ``--to``, each of which may be missing."""
    for option, year in (("--from", first), ("--to", last)):
        if year is not None and not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise refused(option, f"年度要在 {_FIRST_YEAR} 到 {_LAST_YEAR} 之间，例如 2026")
    if first is not None and last is not None and first > last:
        raise refused("--to", f"不能早于 --from 的 {first}")


def refused(option: str, message: str) -> Invalid:
    """Return the refusal of an option, one line."""
    text = f"{option}：{message}"
    return Invalid(text, (Problem(option, message),))
