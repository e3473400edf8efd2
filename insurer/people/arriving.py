"""A file of the bureau on arrival: read with what is known of its people, refused when it is too old."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from sqlalchemy import event, select
from sqlalchemy.orm import SessionTransaction

from insurer.kernel.dates import chinese_date
from insurer.kernel.errors import Conflict, Invalid, Problem
from insurer.people.cells_by_hand import cells_of
from insurer.people.reading.cells import Cell
from insurer.people.reading.confined import Confinement, read_confined
from insurer.people.reading.gate import Limits
from insurer.people.reading.leaving_days import KINDS
from insurer.people.reading.reader import HiddenSheets, hidden_sheets
from insurer.people.reading.result import RosterFile
from insurer.people.reading.roster import Asked, assembled
from insurer.people.reading.workbook import base_name
from insurer.people.register import CERTNO, Prints, register_at_hand
from insurer.people.rules import SCHEMES
from insurer.people.standing import FULL, effective_imports, newest_full, register_of
from insurer.people.tables import Person, RosterImport
from insurer.platform.db import UnitSession
from insurer.platform.settings import ReadingLimits

_READ: Final = "roster_read_last"


@dataclass(frozen=True, slots=True)
class ArrivingFile:
    """What is said of a file of the bureau beside its bytes: whose it is, and as what it is to be read.

    ``kind`` is ``full``, ``additions``, ``deaths``, ``moves`` or ``auto`` (its name and size say which),
    ``sender`` whose remembered columns are followed, ``use_hidden`` which hidden sheets are read,
    ``cells`` what somebody put right by hand.
    """

    scheme: str
    month: date
    filename: str
    kind: str = FULL
    sender: str = ""
    use_hidden: HiddenSheets = False
    cells: tuple[Cell, ...] = field(default=(), repr=False)


def as_it_came(session: UnitSession, found: RosterImport) -> ArrivingFile:
    """Return what was said of the file of an import that is kept."""
    return ArrivingFile(
        scheme=found.scheme,
        month=found.month,
        filename=found.filename,
        kind=found.kind,
        sender=found.sender,
        use_hidden=hidden_sheets(found.report.get("use_hidden")),
        cells=cells_of(session, found.id),
    )


def read_arriving(
    session: UnitSession, arriving: ArrivingFile, content: bytes, heads: Mapping[str, str]
) -> RosterFile:
    """Read a file in a process of its own, and take the keyed hashes of a roster's rows as they come.

    ``heads`` is how its sender's columns are understood. A list of deaths or moves is read as a roster whose
    ``start`` is the day it happened: a person stands in it once, a blank day is kept as unknown.

    15-digit numbers are read again when the person is known by name and upgraded number. What was read last
    in this transaction is not read twice. Raises as :func:`insurer.people.reading.roster.parts_of`.
    """
    scheme = arriving.scheme
    if scheme not in SCHEMES:
        message = f"没有“{scheme}”这个项目，请写 {' 或 '.join(SCHEMES)}"
        raise Invalid(message, (Problem("scheme", message),))
    leaving = arriving.kind if arriving.kind in KINDS else ""
    sha256 = hashlib.sha256(content).hexdigest()
    key = (replace(arriving, kind=leaving, sender=""), sha256, tuple(sorted(heads.items())))
    if session.info.get(_READ, (None, None))[0] == key:
        read: RosterFile = session.info[_READ][1]
        return read
    asked = Asked(
        base_name(arriving.filename),
        arriving.month,
        arriving.use_hidden,
        {},
        limits_of(session.reading),
        dict(heads),
        leaving,
        arriving.cells,
    )
    file = _read(session, scheme, asked, content, sha256)
    if file.upgrade_candidates and (known := known_upgrades(session, scheme, file)):
        file = _read(session, scheme, replace(asked, known_upgrades=known), content, sha256)
    session.info[_READ] = (key, file)
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
    if asked.leaving:
        return assembled(parts, asked.filename, sha256, asked.month)
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
