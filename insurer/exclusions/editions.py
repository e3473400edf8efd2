"""Editions of the lists: those of the package with the approved changes on top, by day; pure.

The package's TOML files are the base. A change in force on a day is laid over what the base says on that
day, in the order in which changes begin. An edition is known by its hash, so that a decision can say which
lists it was made with; no clock and no database is asked.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from insurer.exclusions.changes import Change, change_of
from insurer.exclusions.herbs import HerbList, Piece, read_herb_lists
from insurer.exclusions.lexicon import WORD_LISTS, Concept, Lexicon, WordList, read_list, read_texts, toml_of
from insurer.exclusions.names import BORDER

EXCLUSIONS: Final[Mapping[str, tuple[str | None, str | None]]] = {
    "transplant": ("transplant_source", "XB-二(二)3"),
    "expensive": ("new_expensive", "XB-二(二)4"),
    "special": ("special_service", "XB-二(二)6"),
    "unrelated": ("unrelated", "XB-二(二)6"),
    "drugs": ("non_pharmacopoeia_drug", "XB-二(二)9"),
    "unclear": (None, None),
}
"""Code and clause of a word that is added to a list."""


@dataclass(frozen=True, slots=True, eq=False)
class DayLists:
    """The lists of one day: words, pieces (None before the first list), words that clear a name."""

    lexicon: Lexicon
    herbs: HerbList | None
    spared: tuple[str, ...]

    def without_spared(self, folded: str) -> str:
        """Return a folded name without the words that were declared covered."""
        for word in self.spared:
            if word in folded:
                folded = folded.replace(word, BORDER)
        return folded


class Edition:
    """Package lists and changes together. Build once, ask often; equal content has an equal hash."""

    def __init__(
        self, texts: Mapping[str, str], changes: Sequence[Change] = (), *, trial: Change | None = None
    ) -> None:
        self.texts = dict(texts)
        self._trial = trial
        self.changes = tuple(sorted(changes, key=lambda one: (one.starts_on, one.id)))
        written = {name: toml_of(texts[f"{name}.toml"]) for name in (*WORD_LISTS, "herbs", "herb_names")}
        self.word_lists = tuple(read_list(written[name], name) for name in WORD_LISTS)
        self.herb_lists = read_herb_lists(written["herbs"], written["herb_names"])
        self.hash = content_digest(self.content())
        self.on = lru_cache(maxsize=1024)(self._on)
        self._made = lru_cache(maxsize=16)(self._make)

    def content(self) -> dict[str, Any]:
        """Return what the edition is made of, as plain values; :func:`edition_of` reads it again."""
        return {"base": self.texts, "changes": [one.content() for one in self.changes]}

    def with_changes(self, *more: Change) -> "Edition":
        """Return this edition with further changes on top."""
        return Edition(self.texts, (*self.changes, *more))

    def trying(self, change: Change) -> "Edition":
        """Return this edition with a change laid over every day, to see what it would do; the hash stays."""
        return Edition(self.texts, self.changes, trial=change)

    def words_on(self, day: date | None) -> tuple[WordList, ...]:
        """Return the word lists of the package that are in force on ``day``."""
        return tuple(one for one in self.word_lists if one.holds_on(day))

    def herbs_on(self, day: date | None) -> HerbList | None:
        """Return the package's herb list of ``day``; without a day the newest."""
        if day is None:
            return self.herb_lists[-1]
        return next((one for one in self.herb_lists if one.holds_on(day)), None)

    def holds(self, list_id: str, key: str, day: date) -> bool:
        """Tell whether a list knows a term on ``day``, as a term of any answer."""
        lists = self.on(day)
        if list_id == "herbs":
            herbs = lists.herbs
            return herbs is not None and (
                key in herbs.by_code or key in herbs.by_name or key in herbs.exceptions
            )
        return lists.lexicon.knows(list_id, key)

    def _on(self, day: date | None) -> DayLists:
        lists = tuple(index for index, one in enumerate(self.word_lists) if one.holds_on(day))
        herbs = self.herbs_on(day)
        changes = tuple(index for index, one in enumerate(self.changes) if one.holds_on(day))
        return self._made(lists, None if herbs is None else self.herb_lists.index(herbs), changes)

    def _make(self, lists: tuple[int, ...], herbs: int | None, changes: tuple[int, ...]) -> DayLists:
        chosen = [self.changes[index] for index in changes]
        if self._trial is not None:
            chosen.append(self._trial)
        words = [one for one in chosen if one.list_id != "herbs"]
        pieces = [one for one in chosen if one.list_id == "herbs"]
        known = {self.word_lists[index].list_id: self.word_lists[index] for index in lists}
        for change in words:
            if change.list_id in known:
                known[change.list_id] = _changed_words(known[change.list_id], change)
        spared = {one.key: one.kind == "add" and one.answer == "covered" for one in words}
        return DayLists(
            Lexicon(known.values()),
            None if herbs is None else _changed_pieces(self.herb_lists[herbs], pieces),
            tuple(word for word, spares in spared.items() if spares),
        )


def _changed_words(base: WordList, change: Change) -> WordList:
    terms, guards = dict(base.terms), set(base.guards)
    terms.pop(change.key, None)
    guards.discard(change.key)
    if change.kind == "add" and change.answer == "covered":
        guards.add(change.key)
    elif change.kind == "add":
        code, clause = EXCLUSIONS[change.list_id]
        answer = "excluded" if change.answer == "excluded" else "review"
        terms[change.key] = (Concept(change.list_id, code, clause, change.meaning, answer),)  # type: ignore[arg-type]
    return replace(base, terms=terms, guards=frozenset(guards))


def _changed_pieces(base: HerbList, changes: Sequence[Change]) -> HerbList:
    if not changes:
        return base
    by_code, by_name, exceptions = dict(base.by_code), dict(base.by_name), set(base.exceptions)
    for change in changes:
        key = change.key if change.is_code else change.key.replace(BORDER, "")
        by_code.pop(key, None)
        by_name.pop(key, None)
        exceptions.discard(key)
        if change.kind == "retire":
            continue
        if change.answer == "covered":
            exceptions.add(key)
        elif change.is_code:
            by_code[key] = Piece(change.standing, change.meaning, key, key)
        else:
            by_name[key] = Piece(change.standing, change.meaning, change.term, None)
    return replace(base, by_code=by_code, by_name=by_name, exceptions=frozenset(exceptions))


def edition_of(content: Mapping[str, Any]) -> Edition:
    """Return the edition that :meth:`Edition.content` was taken from."""
    return Edition(content["base"], [change_of(one) for one in content["changes"]])


def content_digest(content: object) -> str:
    """Return the hash of what :meth:`Edition.content` gives."""
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1)
def package_edition() -> Edition:
    """Return the lists of the package alone; read once."""
    return Edition(read_texts())


@lru_cache(maxsize=8)
def edition_with(changes: tuple[Change, ...]) -> Edition:
    """Return the package's lists with these changes; built once for each set of changes."""
    return package_edition().with_changes(*changes) if changes else package_edition()
