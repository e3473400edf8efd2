"""People on a roster who are possibly known already under another number: same name, same day of birth."""

import uuid

from sqlalchemy import text

from insurer.people.differences import Difference
from insurer.people.reading.certno import birth_date
from insurer.people.reading.result import RosterFile
from insurer.platform.db import UnitSession

_SAME = text(
    """
    SELECT n.place, min(p.id::text) AS person_id
      FROM unnest(CAST(:places AS bigint[]), CAST(:names AS text[]), CAST(:born AS date[]))
           AS n(place, name_key, born_on)
      JOIN person p ON p.scheme = :scheme AND p.name_key = n.name_key AND p.born_on = n.born_on
     GROUP BY n.place
    """
)


def likely_doubles(
    session: UnitSession, scheme: str, file: RosterFile, difference: Difference
) -> dict[int, uuid.UUID]:
    """Return, for rows of people nobody knows by number, the known person they may be; one statement."""
    unknown = [index for index in difference.new if index not in difference.people]
    if not unknown or not difference.register:
        return {}
    places: list[int] = []
    born = []
    for index in unknown:
        day = birth_date(file.accepted[index].certno)
        if day is not None:
            places.append(index)
            born.append(day)
    names = [file.accepted[index].name_key for index in places]
    values = {"scheme": scheme, "places": places, "names": names, "born": born}
    found = session.execute(_SAME, values) if places else ()
    return {row.place: uuid.UUID(row.person_id) for row in found}
