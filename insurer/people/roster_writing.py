"""Writing a roster: persons, households, accounts, what is said of them, and who stood on it.

It goes batch by batch: while the database takes in one part, the next one is sealed. Rows that say what they
said before cost one narrow row each; only the others are looked at again.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from psycopg.errors import UniqueViolation

from insurer.people.covering import COVER, CoverRows
from insurer.people.differences import Difference
from insurer.people.reading.result import RosterFile, RosterRow
from insurer.people.reading.row_store import Batch, batches_of, stored
from insurer.people.register import CERTNO, PRINT, Ids, ids_of
from insurer.people.roster_rows import (
    ACCOUNTS,
    HOUSEHOLD,
    PERSON,
    STATEMENT,
    RosterRows,
    as_array,
)
from insurer.people.sealing import Sealing, sealing
from insurer.people.tables import RosterExit
from insurer.people.writing import PersonRef, update_people, write_accounts, write_people
from insurer.platform.binary_copy import copy_fields, framed
from insurer.platform.bulk import copy_records, copy_rows, driver_of
from insurer.platform.db import UnitSession
from insurer.platform.id_batches import new_keys

_UNDER_WAY: Final = 8


@dataclass(frozen=True, slots=True)
class How:
    """How a roster is written.

    ``renew`` lets its names and telephones replace those known. Persons known from elsewhere may carry the
    name of a claim; the register's spelling goes before it. ``cover`` is written along if it is that of new
    and changed people only, else after them.
    """

    renew: bool = True
    cover: CoverRows | None = None


def write_roster(
    session: UnitSession,
    scheme: str,
    import_id: uuid.UUID,
    file: RosterFile,
    difference: Difference,
    now: datetime,
    how: How,
) -> None:
    """Write everything a roster says; afterwards ``difference.people`` knows the person of each row."""
    known = difference.people.known.copy()
    try:
        with session.begin_nested():
            statements = _write_told(session, scheme, import_id, file, difference, now, how)
    except UniqueViolation:
        # Somebody made one of these persons known in the meantime. Then they are made one by one, politely.
        difference.people.known[:] = known
        _make_people(session, scheme, file, difference, now)
        statements = _write_told(session, scheme, import_id, file, difference, now, how)
    _write_entries(session, import_id, file, difference.people.ids, statements)
    copy_rows(
        session,
        RosterExit,
        [{"person_id": person, "import_id": import_id, "month": file.month} for person in difference.gone],
    )


def _make_people(
    session: UnitSession, scheme: str, file: RosterFile, difference: Difference, now: datetime
) -> None:
    blind = session.keyring.blinder(CERTNO)
    for batch in batches_of(file.accepted):
        unknown = np.flatnonzero(~difference.people.known[batch.offset : batch.offset + batch.size])
        rows = batch.taken(unknown.tolist()).rows()
        refs = {blind(row.certno): PersonRef(row.certno, row.name, row.tel) for row in rows}
        made = write_people(session, scheme, refs, now)
        if rows:
            ids = ids_of([made[blind(row.certno)] for row in rows])
            difference.people.note(unknown + batch.offset, ids)


def _write_told(
    session: UnitSession,
    scheme: str,
    import_id: uuid.UUID,
    file: RosterFile,
    difference: Difference,
    now: datetime,
    how: How,
) -> Ids:
    """Write the rows of new and changed people; return the statement of every row."""
    statements: Ids = np.zeros(len(file.accepted), f"V{PRINT}")
    statements[difference.unchanged] = difference.statements
    rows = RosterRows(session.keyring, scheme, import_id, now)
    new = len(difference.new) - int(difference.people.known[difference.new].sum())
    with sealing(rows, new) as sealed, ThreadPoolExecutor(1) as background:
        writer = _Writer(session, scheme, import_id, difference, now, background, rows)
        along = how.cover is not None and how.cover.of_told_only
        for positions, batch in difference.told_rows(file):
            writer.write_people(batch, positions, sealed, renew=how.renew)
            statements[positions] = writer.write_statements(batch, positions)
            if how.cover is not None and along:
                writer.send("cover_period", COVER, how.cover.of(positions, batch))
        for rows_of_cover in how.cover.of_all() if how.cover is not None and not along else ():
            writer.send("cover_period", COVER, rows_of_cover)
        writer.finish()
    return statements


def _write_entries(
    session: UnitSession, import_id: uuid.UUID, file: RosterFile, persons: Ids, statements: Ids
) -> None:
    """Write who stood where, in the order of the index that they are found by."""
    order = np.argsort(np.ascontiguousarray(persons).view(">u8").reshape(-1, 2)[:, 0], kind="stable")
    row_nos, sheets = stored(file.accepted).places()
    for sheet, on_it in sheets:
        mine = order[on_it[order]]
        columns = {
            "import_id": np.full(len(mine), np.void(import_id.bytes)),
            "person_id": persons[mine],
            "statement_id": statements[mine],
            "row_no": row_nos[mine].astype(">i8"),
            "sheet": np.full(len(mine), np.void(sheet.encode())),
        }
        copy_records(session, "roster_entry", columns, len(mine))


class _Writer:
    """Puts the rows of new and changed people into the format of COPY, sealed where they are personal.

    The database is used in ``background`` alone, one thing after the other.
    """

    def __init__(
        self,
        session: UnitSession,
        scheme: str,
        import_id: uuid.UUID,
        difference: Difference,
        now: datetime,
        background: ThreadPoolExecutor,
        rows: RosterRows,
    ) -> None:
        self._session, self._scheme, self._import_id = session, scheme, import_id
        self._people, self._digests = difference.people, difference.prints.digests
        self._now, self._background = now, background
        self._connection = driver_of(session)
        self._rows = rows
        self._households: dict[bytes, bytes] = {}
        self._sending: list[Future[None]] = []
        query = "SELECT EXISTS (SELECT FROM household WHERE scheme = %s)"
        found = self._connection.execute(query, (scheme,)).fetchone()
        self._households_before = bool(found and found[0])

    def write_people(
        self, batch: Batch, positions: npt.NDArray[np.int64], sealed: Sealing, *, renew: bool
    ) -> None:
        """Write who stands in the rows at these positions of the file, and their accounts."""
        known = self._people.known[positions]
        fresh = np.flatnonzero(~known)
        if fresh.size:
            strangers = batch if fresh.size == batch.size else batch.taken(fresh.tolist())
            keys = new_keys(strangers.size)
            self.send("person", PERSON, sealed.people(strangers, keys))
            accounts = self._rows.accounts(strangers, keys)
            self.send("payee_account", ACCOUNTS, framed(ACCOUNTS, accounts))
            self._people.note(positions[fresh], as_array(keys))
        if known.any():
            there = np.flatnonzero(known)
            rows = batch.taken(there.tolist()).rows()
            people = self._people.some(positions[there].tolist())
            self.do(self._write_known, dict(zip(people, rows, strict=True)), renew)

    def write_statements(self, batch: Batch, positions: npt.NDArray[np.int64]) -> Ids:
        """Write what these rows say, and their households; return their statements."""
        hashes = self._rows.cards(batch)
        wanted = [one for one in hashes.values() if one not in self._households]
        # Asking waits for all that is still to be written: where there was no household, nobody asks.
        if self._households_before and wanted:
            self._households |= self._background.submit(self._known_households, wanted).result()
        fresh_homes = self._rows.households(batch, hashes, self._households)
        self.send("household", HOUSEHOLD, framed(HOUSEHOLD, fresh_homes))
        statements = new_keys(batch.size)
        homes = {card: self._households[card_hash] for card, card_hash in hashes.items()}
        told = self._rows.statements(
            batch, self._people.ids[positions], self._digests[positions], homes, statements
        )
        self.send("roster_statement", STATEMENT, framed(STATEMENT, told))
        return as_array(statements)

    def finish(self) -> None:
        """Wait until the database has everything."""
        while self._sending:
            self._sending.pop(0).result()

    def send(self, table: str, columns: Sequence[str], rows: "bytes | Future[bytes]") -> None:
        """Write rows, after all that was sent before."""
        self.do(self._copy, table, columns, rows)

    def do(self, work: Callable[..., None], *words: Any) -> None:
        """Do something with the database after all that was sent before; wait if much is under way.

        Raises what went wrong in the background so far.
        """
        self._sending.append(self._background.submit(work, *words))
        while self._sending and (self._sending[0].done() or len(self._sending) > _UNDER_WAY):
            self._sending.pop(0).result()

    def _copy(self, table: str, columns: Sequence[str], rows: "bytes | Future[bytes]") -> None:
        ready = rows if isinstance(rows, bytes) else rows.result()
        copy_fields(self._connection, table, columns, ready)

    def _known_households(self, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        query = "SELECT card_hash, id FROM household WHERE scheme = %s AND card_hash = ANY(%s)"
        found = self._connection.execute(query, (self._scheme, list(hashes))).fetchall()
        return {bytes(card): household.bytes for card, household in found}

    def _write_known(self, people: Mapping[uuid.UUID, RosterRow], renew: bool) -> None:
        if renew:
            update_people(self._session, people)
        write_accounts(self._session, people, self._import_id, self._now)
