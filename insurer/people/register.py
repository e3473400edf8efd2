"""The register that a roster is compared with, held as arrays: a million people in some sixty megabytes."""

import uuid
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import event
from sqlalchemy.orm import SessionTransaction

from insurer.people.reading.row_store import Batch, RowStore
from insurer.people.standing import EffectiveImport
from insurer.platform.bulk import fixed_records
from insurer.platform.crypto import Keyring
from insurer.platform.db import UnitSession

CERTNO, PHONE, CARD, ACCOUNT, FACTS = "certno", "phone", "card_no", "account", "roster_fact"
"""Purposes of the keyed hashes of this room."""

PRINT: Final = 16
"""Bytes of a keyed hash that are compared; two of a million differ in them beyond doubt."""

Ids = npt.NDArray[np.void]
"""UUIDs as 16 bytes each."""

_SAID: Final = (
    "name_key",
    "categories",
    "category_word",
    "town",
    "village",
    "card_no",
    "householder",
    "relation",
    "start",
    "start_precision",
    "change",
    "change_word",
    "insutype",
    "tel",
    "bank",
    "account",
    "holder",
)

Told = tuple[npt.NDArray[np.int64], Batch]
"""Rows and their positions in the file."""

_STANDING: Final = """
    SELECT e.person_id, e.statement_id, substr(p.certno_hash, 1, 16), substr(s.digest, 1, 16)
      FROM roster_entry e
      JOIN person p ON p.id = e.person_id
      JOIN roster_statement s ON s.id = e.statement_id
     WHERE e.import_id = %s
"""


def said(batch: Batch) -> list[str]:
    """Return everything that each row says about its person, as one text."""
    return list(map("\x1f".join, zip(*map(batch.column, _SAID), strict=True)))


class Prints:
    """Keyed hashes of the rows of a file: of the person number, and of all that the row says."""

    def __init__(self, keyring: Keyring, register: "Register | None" = None) -> None:
        """With the register given, the rows that say something new are kept: see ``told``."""
        self._register, self.told = register, list[Told]()
        self._seen = 0
        self._hash, self._digest = keyring.blinder(CERTNO), keyring.blinder(FACTS)
        self._hashes: list[npt.NDArray[np.void]] = []
        self._digests: list[npt.NDArray[np.void]] = []

    def add(self, batch: Batch) -> None:
        """Take in the rows of one batch."""
        hashes, digests = _prints(self._hash, batch.column("certno")), _prints(self._digest, said(batch))
        self._hashes.append(hashes)
        self._digests.append(digests)
        if self._register is not None and len(self._register):
            places = self._register.find(hashes)
            told = np.flatnonzero((places < 0) | ~self._register.says(places, digests))
            if told.size:
                self.told.append((told + self._seen, batch.taken(told.tolist())))
        self._seen += batch.size

    def united(self, store: RowStore, changed: Sequence[int], dropped: Sequence[int]) -> None:
        """Follow the rows when several of one person became one (see :func:`assembled`)."""
        self._register = None
        hashes, digests = self.hashes, self.digests.copy()
        before = np.setdiff1d(np.arange(len(hashes)), np.array(dropped, np.int64), assume_unique=True)
        hashes, digests = hashes[before], digests[before]
        now = np.searchsorted(before, np.array(changed, np.int64))
        for position, row in zip(now.tolist(), store.take(now.tolist()), strict=True):
            batch = Batch.of([row])
            digests[position] = _prints(self._digest, said(batch))[0]
        self._hashes, self._digests = [hashes], [digests]

    def told_on(self, register: "Register") -> list[Told] | None:
        """Return the rows that say something new against this register, None when they were not kept."""
        return self.told if self._register is register and len(register) else None

    @property
    def hashes(self) -> npt.NDArray[np.void]:
        """The hash of each row's person number."""
        self._hashes = [_joined(self._hashes)]
        return self._hashes[0]

    @property
    def digests(self) -> npt.NDArray[np.void]:
        """The hash of what each row says."""
        self._digests = [_joined(self._digests)]
        return self._digests[0]


def _prints(blind: Callable[[str], bytes], values: Sequence[str]) -> npt.NDArray[np.void]:
    return np.frombuffer(b"".join([blind(value)[:PRINT] for value in values]), f"V{PRINT}")


def _joined(parts: Sequence[npt.NDArray[np.void]]) -> npt.NDArray[np.void]:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, f"V{PRINT}")


class _Found:
    """People by the hash of their number."""

    def __init__(self, persons: Ids, hashes: npt.NDArray[np.void]) -> None:
        self.persons, self._hashes = persons, hashes
        self._keys = _sortable(hashes)

    def __len__(self) -> int:
        return len(self.persons)

    def find(self, hashes: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
        """Return the place of each person here, -1 for strangers."""
        if not len(self):
            return np.full(len(hashes), -1, np.int64)
        places = np.minimum(np.searchsorted(self._keys, _sortable(hashes)), len(self) - 1)
        return np.where(self._hashes[places] == hashes, places, -1)


class Everybody(_Found):
    """All persons of a scheme."""

    def __init__(self, session: UnitSession, scheme: str) -> None:
        query = "SELECT id, substr(certno_hash, 1, 16) FROM person WHERE scheme = %s"
        persons, hashes = fixed_records(session, query, (scheme,), (PRINT, PRINT))
        order = np.argsort(_sortable(hashes))
        super().__init__(persons[order], hashes[order])


class Register(_Found):
    """Who stands on the imports given, each person by the last of them; persons and statements are ids."""

    def __init__(self, session: UnitSession, imports: Sequence[EffectiveImport]) -> None:
        parts = [
            fixed_records(session, _STANDING, (one.id,), (PRINT, PRINT, PRINT, PRINT)) for one in imports
        ]
        columns = [_joined([part[place] for part in parts]) for place in range(4)]
        order = np.argsort(_sortable(columns[2]), kind="stable")
        # Of the rows of one person, all with the same hash, the last stands.
        ordered = columns[2][order]
        last = np.ones(len(ordered), bool)
        if len(parts) > 1:
            last[:-1] = ordered[1:] != ordered[:-1]
        order = order[last]
        super().__init__(columns[0][order], columns[2][order])
        self.statements, self._digests = columns[1][order], columns[3][order]

    def says(self, places: npt.NDArray[np.int64], digests: npt.NDArray[np.void]) -> npt.NDArray[np.bool_]:
        """Tell whether the persons at these places are said to be just this."""
        same: npt.NDArray[np.bool_] = self._digests[places] == digests
        return same


_AT_HAND: Final = "roster_register"


def register_at_hand(session: UnitSession, imports: Sequence[EffectiveImport]) -> Register:
    """Return the register that some imports make, loaded once in a transaction: entries are never changed."""
    asked = tuple(imports)
    loaded: tuple[tuple[EffectiveImport, ...], Register] | None = session.info.get(_AT_HAND)
    if loaded is None or loaded[0] != asked:
        session.info[_AT_HAND] = loaded = (asked, Register(session, asked))
    return loaded[1]


@event.listens_for(UnitSession, "after_transaction_end")
def _let_go(session: UnitSession, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_AT_HAND, None)


def _sortable(prints: npt.NDArray[np.void]) -> npt.NDArray[np.uint64]:
    """Return the first eight bytes as numbers that sort as the bytes do."""
    return np.ascontiguousarray(prints).view(">u8").reshape(-1, PRINT // 8)[:, 0].astype(np.uint64)


def uuid_of(value: np.void) -> uuid.UUID:
    """Return one id."""
    return uuid.UUID(bytes=value.tobytes())


def ids_of(values: Sequence[uuid.UUID]) -> Ids:
    """Return ids as an array."""
    return np.frombuffer(b"".join([value.bytes for value in values]), f"V{PRINT}")
