"""The one place that asks what time it is; operations take ``now`` as an argument."""

from datetime import UTC, date, datetime

from insurer.kernel.dates import business_day


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the current business day in Shanghai."""
    return business_day(now())
