"""What a roster says, in the rows of the tables it goes to: sealed where it is personal, ready for COPY."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final

import numpy as np
import orjson

from insurer.people.masking import mask_certno, mask_phone
from insurer.people.reading.names import spelled
from insurer.people.reading.row_store import Batch
from insurer.people.register import ACCOUNT, CARD, CERTNO, PHONE, PRINT, Ids
from insurer.platform.binary_copy import (
    HASH,
    NULL,
    UUID,
    Days,
    Words,
    day,
    document,
    field,
    moment,
    several,
    words,
)
from insurer.platform.crypto import Keyring
from insurer.platform.id_batches import as_texts, new_keys

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
NEEDED: Final = ("certno", "name", "name_key", "tel")
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
SPOKEN: Final = (
    "name",
    "categories",
    "category_word",
    "householder",
    "insutype",
    "relation",
    "town",
    "village",
)
_NO_PHONE: Final = NULL + NULL + words("")
_GENDERS: Final = {digit: "女男"[int(digit) % 2] for digit in "0123456789"}


class RosterRows:
    """Makes the rows of one import."""

    def __init__(self, keyring: Keyring, scheme: str, import_id: uuid.UUID, now: datetime) -> None:
        self._scheme, self._import_id, self._now = scheme, import_id, now
        self._seal = keyring.seal_each
        self._certno, self._phone = keyring.blinder(CERTNO), keyring.blinder(PHONE)
        self._card, self._account = keyring.blinder(CARD), keyring.blinder(ACCOUNT)
        self._sources: dict[str, bytes] = {}
        self._words, self._days, self._precisions = Words(), Days(), Words(words("month"))

    def cards(self, batch: Batch) -> dict[str, bytes]:
        """Return the hash of each card number that is named."""
        return {card: self._card(card) for card in set(batch.column("card_no")) if card}

    def people(self, batch: Batch, keys: Sequence[bytes]) -> list[bytes]:
        """Return persons, whose ids are ``keys``; of the rows only ``NEEDED`` is looked at."""
        certnos, names, name_keys, tels = map(batch.column, ("certno", "name", "name_key", "tel"))
        ids = as_texts(keys)
        numbers = self._seal(certnos, [f"person:certno:{one}" for one in ids])
        phones = self._seal(tels, [f"person:phone:{one}" for one in ids])
        hashed, phone_hashed = self._certno, self._phone
        scheme, made = words(self._scheme), NULL + moment(self._now)
        return [
            b"".join(
                (
                    UUID,
                    key,
                    scheme,
                    field(number),
                    HASH,
                    hashed(certno),
                    words(mask_certno(certno)),
                    _named(name, name_key),
                    _born(certno[6:14], certno[16]),
                    field(phone) + HASH + phone_hashed(tel) + words(mask_phone(tel)) if tel else _NO_PHONE,
                    made,
                )
            )
            for key, certno, number, name, name_key, tel, phone in zip(
                keys, certnos, numbers, names, name_keys, tels, phones, strict=True
            )
        ]

    def accounts(self, batch: Batch, people: Sequence[bytes]) -> list[bytes]:
        """Return the accounts that are named, each of the person of its row."""
        if batch.single("account") == "":
            return []
        accounts = batch.column("account")
        keys = new_keys(batch.size)
        numbers = self._seal(accounts, [f"payee_account:account:{one}" for one in as_texts(keys)])
        # The accounts of a household are one, as a rule.
        hashes = {account: self._account(account) for account in set(accounts)}
        known, made = self._words, moment(self._now) + NULL
        fields = map(batch.column, ("bank", "holder", "name", "sheet", "row"))
        return [
            b"".join(
                (
                    UUID,
                    key,
                    UUID,
                    person,
                    known[holder or name],
                    known[bank],
                    field(number),
                    HASH,
                    hashes[account],
                    words(account[-4:]),
                    document(b"%b%d}" % (self._source(sheet), row)),
                    made,
                )
            )
            for key, person, account, number, bank, holder, name, sheet, row in zip(
                keys, people, accounts, numbers, *fields, strict=True
            )
            if account
        ]

    def _source(self, sheet: str) -> bytes:
        """Return where an account comes from, as JSON up to the number of the row."""
        if sheet not in self._sources:
            source = {"kind": "roster", "import_id": str(self._import_id), "sheet": sheet, "row": 0}
            self._sources[sheet] = orjson.dumps(source).removesuffix(b"0}")
        return self._sources[sheet]

    def households(self, batch: Batch, hashes: Mapping[str, bytes], known: dict[bytes, bytes]) -> list[bytes]:
        """Return the households not yet ``known`` by the hash of their card, and note them there."""
        heads: dict[str, str] = {}
        for card, head in zip(batch.column("card_no"), batch.column("householder"), strict=True):
            if card and hashes[card] not in known:
                heads.setdefault(card, head)
        scheme, made = words(self._scheme), moment(self._now)
        rows: list[bytes] = []
        keys = new_keys(len(heads))
        numbers = self._seal(list(heads), [f"household:card:{one}" for one in as_texts(keys)])
        for key, number, (card, head) in zip(keys, numbers, heads.items(), strict=True):
            known[hashes[card]] = key
            rows.append(
                b"".join((UUID, key, scheme, HASH, hashes[card], field(number), self._words[head], made))
            )
        return rows

    def statements(
        self,
        batch: Batch,
        people: Ids,
        digests: Ids,
        homes: Mapping[str, bytes],
        ids: Sequence[bytes],
    ) -> list[bytes]:
        """Return what the rows say of ``people``; ``homes`` has the household of each card number."""
        home = [UUID + homes[card] if card else NULL for card in batch.column("card_no")]
        spoken = [map(self._words.__getitem__, batch.column(name)) for name in SPOKEN]
        starts = map(self._days.__getitem__, batch.column("start"))
        precisions = map(self._precisions.__getitem__, batch.column("start_precision"))
        changes = map(self._words.__getitem__, batch.column("change_word"))
        scheme = words(self._scheme)
        return [
            b"".join((UUID, key, scheme, UUID, person, *said, UUID, digest))
            for key, person, digest, *said in zip(
                ids, cut(people), cut(digests), home, *spoken, starts, precisions, changes, strict=True
            )
        ]


@lru_cache(maxsize=100_000)
def _named(name: str, name_key: str) -> bytes:
    """Return the columns that follow from a name."""
    keys, sort_key = spelled(name)
    return words(name) + words(name_key) + several(keys) + words(sort_key)


@lru_cache(maxsize=100_000)
def _born(day_of_birth: str, order: str) -> bytes:
    """Return the columns that follow from a person number: gender and day of birth."""
    return words(_GENDERS[order]) + day(date.fromisoformat(day_of_birth))


def cut(values: Ids) -> list[bytes]:
    """Return the bytes of each id."""
    whole = values.tobytes()
    return [whole[at : at + PRINT] for at in range(0, len(whole), PRINT)]


def as_array(keys: Sequence[bytes]) -> Ids:
    """Return ids as an array."""
    return np.frombuffer(b"".join(keys), f"V{PRINT}")
