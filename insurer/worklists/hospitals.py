"""Finding hospitals by part of their name or by initials, among those that have cases."""

from typing import Final

from sqlalchemy import text

from insurer.people.reading.names import initials
from insurer.platform.db import UnitSession

MOST: Final = 400

# One step of an index for each name, instead of a pass over every case.
_NAMES: Final = text(
    """
    WITH RECURSIVE found(hospital) AS (
        (SELECT min(hospital) FROM claim WHERE scheme = :scheme)
        UNION ALL
        SELECT (SELECT min(hospital) FROM claim WHERE scheme = :scheme AND hospital > found.hospital)
          FROM found WHERE found.hospital IS NOT NULL
    )
    SELECT hospital FROM found WHERE hospital IS NOT NULL LIMIT :most
    """
)


def find_hospitals(session: UnitSession, scheme: str, words: str) -> list[str] | None:
    """Return the hospitals that ``words`` are a part of, or whose initials begin with them.

    ``None`` when there are too many hospitals to look through: then the name itself must be searched.
    """
    rows = session.scalars(_NAMES, {"scheme": scheme, "most": MOST + 1}).all()
    if len(rows) > MOST:
        return None
    key = words.strip().lower()
    latin = key.isascii() and key.isalpha()
    return [
        name
        for name in rows
        if key in name.lower() or (latin and any(found.startswith(key) for found in initials(name)))
    ]
