"""A list of deaths or moves on arrival: read in a process of its own, as rosters are."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from insurer.people.arriving import known_upgrades, limits_of
from insurer.people.reading.confined import Confinement, read_confined
from insurer.people.reading.reader import HiddenSheets
from insurer.people.reading.result import RosterFile
from insurer.people.reading.roster import Asked, assembled
from insurer.people.reading.workbook import base_name
from insurer.platform.db import UnitSession


def read_leaving(
    session: UnitSession,
    *,
    scheme: str,
    month: date,
    kind: str,
    content: bytes,
    filename: str,
    use_hidden: HiddenSheets,
    heads: Mapping[str, str],
) -> RosterFile:
    """Read a list of ``kind`` (``deaths`` or ``moves``) as a roster whose ``start`` is the day it happened.

    A person stands in it once; a blank day is kept as unknown, a 15-digit number counts for a person known by
    it and by name. Raises as :func:`insurer.people.reading.roster.parts_of`.
    """
    name = base_name(filename)
    asked = Asked(name, month, use_hidden, {}, limits_of(session.reading), dict(heads), kind)
    file = _read(session, content, asked)
    if file.upgrade_candidates and (known := known_upgrades(session, scheme, file)):
        file = _read(session, content, replace(asked, known_upgrades=known))
    return file


def _read(session: UnitSession, content: bytes, asked: Asked) -> RosterFile:
    limits = Confinement(session.reading.memory_mb, session.reading.seconds)
    sha256 = hashlib.sha256(content).hexdigest()
    return assembled(read_confined(content, asked, limits), asked.filename, sha256, asked.month)
