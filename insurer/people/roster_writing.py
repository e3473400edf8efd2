"""Writing a roster: persons, households, accounts, what is said of them, and who stood on it.

It goes batch by batch: while the database takes in one part, the next one is sealed and put into lines. Rows
that say what they said before cost one narrow row each; only the others are looked at again.
"""

import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson
from psycopg.errors import UniqueViolation

from insurer.people.differences import Difference
from insurer.people.masking import mask_certno, mask_phone
from insurer.people.reading.names import initials, pinyin_key
from insurer.people.reading.result import RosterFile, RosterRow
from insurer.people.reading.row_store import Batch, batches_of, stored
from insurer.people.register import ACCOUNT, CARD, CERTNO, PHONE, PRINT, Ids, ids_of
from insurer.people.tables import RosterExit
from insurer.people.writing import PersonRef, update_people, write_accounts, write_people
from insurer.platform.bulk import copy_lines, copy_records, copy_rows, driver_of, escaped, hexed
from insurer.platform.db import UnitSession
from insurer.platform.ids import new_ids

NULL: Final = "\\N"

PERSON: Final = (
    "id",
    "scheme",
    "certno_cipher",
    "certno_hash",
    "certno_mask",
    "name",
    "name_key",
    "pinyin_keys",
    "sort_key",
    "gender",
    "born_on",
    "phone_cipher",
    "phone_hash",
    "phone_mask",
    "died_on",
    "created_at",
)
HOUSEHOLD: Final = ("id", "scheme", "card_hash", "card_cipher", "householder", "created_at")
ACCOUNTS: Final = (
    "id",
    "person_id",
    "holder",
    "bank",
    "account_cipher",
    "account_hash",
    "account_tail",
    "source",
    "valid_from",
    "superseded_at",
)
STATEMENT: Final = (
    "id",
    "scheme",
    "person_id",
    "household_id",
    "name",
    "category",
    "category_word",
    "householder",
    "insutype",
    "relation",
    "town",
    "village",
    "approved_on",
    "approved_precision",
    "change_word",
    "digest",
)
FREE: Final = ("name", "category_word", "householder", "relation", "town", "village", "change_word")
CODED: Final = ("card_no", "categories", "insutype", "start", "start_precision")
_GENDERS: Final = {digit: "女男"[int(digit) % 2] for digit in "0123456789"}


def write_roster(
    session: UnitSession,
    scheme: str,
    import_id: uuid.UUID,
    file: RosterFile,
    difference: Difference,
    now: datetime,
    *,
    renew: bool = True,
) -> None:
    """Write everything a roster says; afterwards ``difference.people`` knows the person of each row.

    ``renew`` lets its names and telephones replace those known. Persons known from elsewhere may carry the
    name of a claim; the register's spelling goes before it.
    """
    known = difference.people.known.copy()
    try:
        with session.begin_nested():
            statements = _write_told(session, scheme, import_id, file, difference, now, renew)
    except UniqueViolation:
        # Somebody made one of these persons known in the meantime. Then they are made one by one, politely.
        difference.people.known[:] = known
        _make_people(session, scheme, file, difference, now)
        statements = _write_told(session, scheme, import_id, file, difference, now, renew)
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
    renew: bool,
) -> Ids:
    """Write the rows of new and changed people; return the statement of every row."""
    statements: Ids = np.zeros(len(file.accepted), f"V{PRINT}")
    statements[difference.unchanged] = difference.statements
    with ThreadPoolExecutor(1) as background:
        writer = _Writer(session, scheme, import_id, difference, now, renew, background)
        for positions, batch in difference.told_rows(file):
            statements[positions] = writer.write(batch, positions)
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
    """Puts the rows of new and changed people into lines of COPY, sealed where they are personal.

    The database is used in ``background`` alone, one thing after the other.
    """

    def __init__(
        self,
        session: UnitSession,
        scheme: str,
        import_id: uuid.UUID,
        difference: Difference,
        now: datetime,
        renew: bool,
        background: ThreadPoolExecutor,
    ) -> None:
        self._session, self._scheme, self._import_id = session, scheme, import_id
        self._people, self._digests = difference.people, difference.prints.digests
        self._now, self._renew, self._background = now, renew, background
        self._connection = driver_of(session)
        keyring = session.keyring
        self._seal = keyring.sealer()
        self._certno, self._phone = keyring.blinder(CERTNO), keyring.blinder(PHONE)
        self._card, self._account = keyring.blinder(CARD), keyring.blinder(ACCOUNT)
        self._households: dict[bytes, str] = {}
        self._sources: dict[str, str] = {}
        self._sending: list[Future[None]] = []

    def write(self, batch: Batch, positions: npt.NDArray[np.int64]) -> Ids:
        """Write the rows at these positions of the file; return their statements."""
        cards = batch.column("card_no")
        hashes = {card: self._card(card) for card in set(cards) if card}
        households = self._background.submit(self._known_households, list(hashes.values()))
        known = self._people.known[positions]
        fresh = np.flatnonzero(~known)
        if fresh.size:
            strangers = batch if fresh.size == batch.size else batch.taken(fresh.tolist())
            ids = new_ids(strangers.size)
            self._send("person", PERSON, self._person_lines(strangers, ids))
            self._send("payee_account", ACCOUNTS, self._account_lines(strangers, ids))
            self._people.note(positions[fresh], _as_bytes(ids))
        if known.any():
            there = np.flatnonzero(known)
            rows = batch.taken(there.tolist()).rows()
            people = self._people.some(positions[there].tolist())
            self._sending.append(
                self._background.submit(self._write_known, dict(zip(people, rows, strict=True)))
            )
        self._households |= households.result()
        self._wait()
        self._send("household", HOUSEHOLD, self._household_lines(batch, hashes))
        statements = new_ids(batch.size)
        self._send("roster_statement", STATEMENT, self._statement_lines(batch, positions, hashes, statements))
        return _as_bytes(statements)

    def finish(self) -> None:
        """Wait until the database has everything."""
        while self._sending:
            self._sending.pop(0).result()

    def _wait(self) -> None:
        """Raise what went wrong in the background so far; what is still under way goes on."""
        while self._sending and self._sending[0].done():
            self._sending.pop(0).result()

    def _send(self, table: str, columns: Sequence[str], lines: list[str]) -> None:
        work = partial(copy_lines, self._connection, table, columns, lines)
        self._sending.append(self._background.submit(work))

    def _known_households(self, hashes: Sequence[bytes]) -> dict[bytes, str]:
        wanted = [one for one in hashes if one not in self._households]
        if not wanted:
            return {}
        query = "SELECT card_hash, id FROM household WHERE scheme = %s AND card_hash = ANY(%s)"
        found = self._connection.execute(query, (self._scheme, wanted)).fetchall()
        return {bytes(card): str(household) for card, household in found}

    def _write_known(self, people: Mapping[uuid.UUID, RosterRow]) -> None:
        if self._renew:
            update_people(self._session, people)
        write_accounts(self._session, people, self._import_id, self._now)

    def _person_lines(self, batch: Batch, ids: Sequence[str]) -> list[str]:
        seal, made = self._seal, self._now.isoformat()
        lines: list[str] = []
        fields = ("certno", "name", "name_key", "tel")
        for person_id, certno, name, key, tel in zip(ids, *map(batch.column, fields), strict=True):
            phone = (
                f"{hexed(seal(tel, f'person:phone:{person_id}'))}\t{hexed(self._phone(tel))}"
                f"\t{escaped(mask_phone(tel))}"
                if tel
                else f"{NULL}\t{NULL}\t"
            )
            lines.append(
                f"{person_id}\t{self._scheme}\t{hexed(seal(certno, f'person:certno:{person_id}'))}"
                f"\t{hexed(self._certno(certno))}\t{mask_certno(certno)}\t{escaped(name)}\t{escaped(key)}"
                f"\t{{{','.join(sorted(initials(name)))}}}\t{escaped(pinyin_key(name))}\t{_GENDERS[certno[16]]}"
                f"\t{certno[6:10]}-{certno[10:12]}-{certno[12:14]}\t{phone}\t{NULL}\t{made}"
            )
        return lines

    def _account_lines(self, batch: Batch, ids: Sequence[str]) -> list[str]:
        if batch.single("account") == "":
            return []
        seal, made = self._seal, self._now.isoformat()
        lines: list[str] = []
        fields = ("account", "bank", "holder", "name", "sheet", "row")
        for account_id, person_id, (account, bank, holder, name, sheet, row) in zip(
            new_ids(batch.size), ids, zip(*map(batch.column, fields), strict=True), strict=True
        ):
            if account:
                cipher = seal(account, f"payee_account:account:{account_id}")
                lines.append(
                    f"{account_id}\t{person_id}\t{escaped(holder or name)}\t{escaped(bank)}\t{hexed(cipher)}"
                    f"\t{hexed(self._account(account))}\t{escaped(account[-4:])}"
                    f"\t{self._source(sheet)}{row}}}\t{made}\t{NULL}"
                )
        return lines

    def _source(self, sheet: str) -> str:
        """Return where an account comes from, as JSON up to the number of the row."""
        if sheet not in self._sources:
            source = {"kind": "roster", "import_id": str(self._import_id), "sheet": sheet, "row": 0}
            self._sources[sheet] = escaped(orjson.dumps(source).decode().removesuffix("0}"))
        return self._sources[sheet]

    def _household_lines(self, batch: Batch, hashes: Mapping[str, bytes]) -> list[str]:
        heads: dict[str, str] = {}
        for card, head in zip(batch.column("card_no"), batch.column("householder"), strict=True):
            if card and hashes[card] not in self._households:
                heads.setdefault(card, head)
        made = self._now.isoformat()
        lines: list[str] = []
        for household_id, (card, head) in zip(new_ids(len(heads)), heads.items(), strict=True):
            self._households[hashes[card]] = household_id
            cipher = self._seal(card, f"household:card:{household_id}")
            lines.append(
                f"{household_id}\t{self._scheme}\t{hexed(hashes[card])}\t{hexed(cipher)}\t{escaped(head)}\t{made}"
            )
        return lines

    def _statement_lines(
        self,
        batch: Batch,
        positions: npt.NDArray[np.int64],
        hashes: Mapping[str, bytes],
        ids: Sequence[str],
    ) -> list[str]:
        people = self._people.ids[positions].tobytes().hex()
        digests = self._digests[positions].tobytes().hex()
        households = {card: self._households[card_hash] for card, card_hash in hashes.items()}
        free = zip(*(map(escaped, batch.column(field)) for field in FREE), strict=True)
        coded = zip(*map(batch.column, CODED), strict=True)
        lines: list[str] = []
        for at, statement_id, words, codes in zip(range(0, 32 * len(ids), 32), ids, free, coded, strict=True):
            name, word, head, relation, town, village, change = words
            card, categories, insutype, start, precision = codes
            lines.append(
                f"{statement_id}\t{self._scheme}\t{people[at : at + 32]}\t{households.get(card, NULL)}"
                f"\t{name}\t{categories}\t{word}\t{head}\t{insutype}\t{relation}\t{town}\t{village}"
                f"\t{start or NULL}\t{precision or 'month'}\t{change}\t\\\\x{digests[at : at + 32]}"
            )
        return lines


def _as_bytes(ids: Sequence[str]) -> Ids:
    return np.frombuffer(bytes.fromhex("".join(ids).replace("-", "")), f"V{PRINT}")
