"""A roster file on arrival: read with what is known of its people, and refused when a newer month stands."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import event, select
from sqlalchemy.orm import SessionTransaction

from insurer.kernel.dates import chinese_date
from insurer.kernel.errors import Conflict, Invalid, Problem
from insurer.people.reading.confined import Confinement, read_confined
from insurer.people.reading.gate import Limits
from insurer.people.reading.reader import HiddenSheets
from insurer.people.reading.result import RosterFile
from insurer.people.reading.roster import Asked, assembled
from insurer.people.reading.workbook import base_name
from insurer.people.register import CERTNO, Prints, register_at_hand
from insurer.people.rules import SCHEMES
from insurer.people.standing import effective_imports, newest_full, register_of
from insurer.people.tables import Person
from insurer.platform.db import UnitSession
from insurer.platform.settings import ReadingLimits

_READ: Final = "roster_read_last"


def read_arriving(
    session: UnitSession,
    scheme: str,
    month: date,
    content: bytes,
    filename: str,
    use_hidden: HiddenSheets,
    heads: Mapping[str, str],
) -> RosterFile:
    """Read a file in a process of its own, and take the keyed hashes of its rows as they come.

    ``heads`` is how its sender's columns are understood. 15-digit numbers are read again when the person is
    known by name and upgraded number. What was read last in this transaction is not read twice. Raises as
    :func:`insurer.people.reading.roster.parts_of`.
    """
    if scheme not in SCHEMES:
        message = f"没有“{scheme}”这个项目，请写 {' 或 '.join(SCHEMES)}"
        raise Invalid(message, (Problem("scheme", message),))
    name = base_name(filename)
    sha256 = hashlib.sha256(content).hexdigest()
    asked = (scheme, month, sha256, name, use_hidden, tuple(sorted(heads.items())))
    if session.info.get(_READ, (None, None))[0] == asked:
        read: RosterFile = session.info[_READ][1]
        return read
    limits = limits_of(session.reading)
    file = _read(session, scheme, Asked(name, month, use_hidden, {}, limits, dict(heads)), content, sha256)
    if file.upgrade_candidates and (known := known_upgrades(session, scheme, file)):
        file = _read(
            session, scheme, Asked(name, month, use_hidden, known, limits, dict(heads)), content, sha256
        )
    session.info[_READ] = (asked, file)
    return file


@event.listens_for(UnitSession, "after_transaction_end")
def _forget(session: UnitSession, transaction: SessionTransaction) -> None:
    """Persons known by 15 digits may be others in the next transaction."""
    if transaction.parent is None:
        session.info.pop(_READ, None)


def limits_of(reading: ReadingLimits) -> Limits:
    """Return what a file may hold."""
    mega = 1024 * 1024
    return Limits(
        received=reading.received_mb * mega, unpacked=reading.unpacked_mb * mega, ratio=reading.ratio
    )


def _read(session: UnitSession, scheme: str, asked: Asked, content: bytes, sha256: str) -> RosterFile:
    reading = session.reading
    parts = read_confined(content, asked, Confinement(reading.memory_mb, reading.seconds))
    # The register is loaded while the other process opens the file.
    register = register_at_hand(session, register_of(effective_imports(session, scheme), asked.month))
    prints = Prints(session.keyring, register)
    file = assembled(parts, asked.filename, sha256, asked.month, seen=prints.add, united=prints.united)
    return replace(file, prints=prints)


def known_upgrades(session: UnitSession, scheme: str, file: RosterFile) -> dict[str, str]:
    """Return the keys of the names of persons on file by the number that a 15-digit one becomes."""
    candidates = sorted(file.upgrade_candidates)
    hashes = {session.keyring.blind(candidate, CERTNO): candidate for candidate in candidates}
    people = session.execute(
        select(Person.certno_hash, Person.name_key).where(
            Person.scheme == scheme, Person.certno_hash.in_(list(hashes))
        )
    )
    return {hashes[bytes(row.certno_hash)]: row.name_key for row in people}


def refuse_older(session: UnitSession, scheme: str, file: RosterFile) -> None:
    """Refuse a full month older than the newest one applied, unless it is the very file that stands."""
    known = effective_imports(session, scheme)
    newest_month = newest_full(known)
    if newest_month is None or newest_month <= file.month:
        return
    if any(one.month == file.month and one.sha256 == file.sha256 for one in known):
        return
    here, newest = chinese_date(file.month)[:-2], chinese_date(newest_month)[:-2]
    raise Conflict(
        f"这份名册是 {here}的，{newest}的已经导入，所以没有写入。请核对月份；只补正几行的，选“仅新增或更正”"
    )
