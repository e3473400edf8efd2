"""Number series without gaps or doubles: cases, letters, batches."""

from sqlalchemy import Text, text
from sqlalchemy.orm import Mapped, mapped_column

from insurer.platform.db import Base, UnitSession


class NumberSeries(Base):
    """The last number given out in a series such as ``changzhou-xinbei/claim/2026``."""

    __tablename__ = "number_series"

    series: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int]


_TAKE = text(
    """
    INSERT INTO number_series (series, last) VALUES (:series, :count)
    ON CONFLICT (series) DO UPDATE SET last = number_series.last + :count
    RETURNING last
    """
)


def take_numbers(session: UnitSession, series: str, count: int = 1) -> range:
    """Take the next ``count`` numbers; the row lock is held to the end of the transaction.

    A rolled-back transaction gives its numbers back, so that a series has no gaps.
    """
    last: int = session.execute(_TAKE, {"series": series, "count": count}).scalar_one()
    return range(last - count + 1, last + 1)
