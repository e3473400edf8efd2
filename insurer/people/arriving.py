"""A roster file on arrival: read with what is known of its people, and refused when a newer month stands."""

from datetime import date

from sqlalchemy import select

from insurer.kernel.dates import chinese_date
from insurer.kernel.errors import Conflict, Invalid, Problem
from insurer.people.differences import CERTNO
from insurer.people.reading.result import RosterFile
from insurer.people.reading.roster import read_roster
from insurer.people.rules import SCHEMES
from insurer.people.standing import effective_imports, newest_full
from insurer.people.tables import Person
from insurer.platform.db import UnitSession


def read_arriving(
    session: UnitSession, scheme: str, month: date, content: bytes, filename: str, use_hidden: bool
) -> RosterFile:
    """Read a file; 15-digit numbers are read again when the person is known by name and upgraded number."""
    if scheme not in SCHEMES:
        message = f"没有“{scheme}”这个项目，请写 {' 或 '.join(SCHEMES)}"
        raise Invalid(message, (Problem("scheme", message),))
    file = read_roster(content, filename, month, use_hidden=use_hidden)
    if not file.upgrade_candidates:
        return file
    candidates = sorted(file.upgrade_candidates)
    hashes = {session.keyring.blind(candidate, CERTNO): candidate for candidate in candidates}
    people = session.execute(
        select(Person.certno_hash, Person.name_key).where(
            Person.scheme == scheme, Person.certno_hash.in_(list(hashes))
        )
    )
    known = {hashes[bytes(row.certno_hash)]: row.name_key for row in people}
    return (
        read_roster(content, filename, month, use_hidden=use_hidden, known_upgrades=known) if known else file
    )


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
