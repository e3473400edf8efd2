"""Word lists of exclusions and their reading by longest match with guards.

A list (``lists/*.toml``) holds concepts: words with one meaning, what a hit decides, and what surrounding
words soften it to a question or clear it. Guards are longer words that merely contain a listed word
(``染色体检查`` around ``体检``); the longer word always wins, wherever it starts. Everything is loaded once.
"""

import itertools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from operator import add
from typing import Any, Final, NamedTuple

from insurer.exclusions.names import core
from insurer.schemes.line_check import Decision

_HOLE = re.compile(r"\{(\w+)\}")
_NEGATIONS = ("非", "不含", "不包括", "不包含", "无需", "未用", "不是", "无")


@dataclass(frozen=True, slots=True)
class Concept:
    """One meaning: its exclusion, what a hit decides and which other words in the name change that.

    ``needs``: at least one must be in the name; ``softened_by`` turns an exclusion into a question
    (unless a word of ``softened_unless`` stands beside it);
    ``cleared_by`` takes the hit away; ``whole``: the name must be the word itself; ``outside_only``: a class
    A or B line is not concerned; ``kinds``: kinds of line concerned (empty: all); ``drugs``: the exclusion
    holds for drug lines too, where other hits only ask.
    """

    list_id: str
    code: str | None
    clause: str | None
    name: str
    decision: Decision
    needs: tuple[str, ...] = ()
    softened_by: tuple[str, ...] = ()
    softened_unless: tuple[str, ...] = ()
    cleared_by: tuple[str, ...] = ()
    whole: bool = False
    outside_only: bool = False
    below_threshold: bool = True
    kinds: tuple[str, ...] = ()
    drugs: bool = False


class Hit(NamedTuple):
    """A listed word found in a name, after guards, softening and clearing were applied."""

    decision: Decision
    concept: Concept
    word: str


@dataclass(frozen=True, slots=True)
class WordList:
    """One dated list: half-open ``[valid_from, valid_to)``, with its source and its standing."""

    list_id: str
    source: str
    status: str
    valid_from: date
    valid_to: date | None
    terms: Mapping[str, tuple[Concept, ...]]
    guards: frozenset[str]

    def holds_on(self, day: date | None) -> bool:
        """Tell whether the list is in force on ``day``; without a day the open-ended one is meant."""
        if day is None:
            return self.valid_to is None
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class Lexicon:
    """The lists in force on one day, ready to read names."""

    def __init__(self, lists: Iterable[WordList]) -> None:
        self._terms: dict[str, tuple[Concept, ...]] = {}
        self._owners: dict[str, set[str]] = {}
        for one in lists:
            for term, concepts in one.terms.items():
                self._terms[term] = self._terms.get(term, ()) + concepts
                self._owners.setdefault(term, set()).add(one.list_id)
            for guard in one.guards:
                self._terms.setdefault(guard, ())
                self._owners.setdefault(guard, set()).add(one.list_id)
        lengths: dict[str, set[int]] = {}
        for term in self._terms:
            lengths.setdefault(term[:2], set()).add(len(term))
        self._single = tuple(term for term in self._terms if len(term) == 1)
        self._lengths = {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()}
        self._known = lru_cache(maxsize=16384)(self._find)

    def knows(self, list_id: str, word: str) -> bool:
        """Tell whether a list holds a word, as a term or as a guard."""
        return list_id in self._owners.get(word, ())

    def words(self, folded: str) -> list[tuple[int, int, str]]:
        """Segment a folded name: the listed words and guards in it, longer ones first choice, in order."""
        found: list[tuple[int, int, str]] = []
        terms, end = self._terms, len(folded)
        pairs = map(add, folded, folded[1:])
        for start, sizes in enumerate(map(self._lengths.get, pairs)):
            if sizes is None:
                continue
            for size in sizes:
                if start + size > end:
                    continue
                word = folded[start : start + size]
                if word in terms and _stands_free(folded, start, start + size):
                    found.append((start, start + size, word))
                    break
        for word in self._single:
            start = folded.find(word)
            if start >= 0 and not any(one[0] <= start < one[1] for one in found):
                found.append((start, start + 1, word))
        if len(found) < 2:
            return found
        kept: list[tuple[int, int, str]] = []
        for one in sorted(found, key=lambda item: (item[0] - item[1], item[0])):
            if not any(self._gives_way(one, other) for other in kept):
                kept.append(one)
        kept.sort()
        return kept

    def _gives_way(self, one: tuple[int, int, str], longer: tuple[int, int, str]) -> bool:
        """A word yields to a longer one that holds it, and to any overlap when either is a guard."""
        if one[1] <= longer[0] or longer[1] <= one[0]:
            return False
        inside = longer[0] <= one[0] and one[1] <= longer[1]
        return inside or not self._terms[longer[2]] or not self._terms[one[2]]

    def hits(self, folded: str, kind: str) -> tuple[Hit, ...]:
        """Return what the listed words of a folded name decide for a line of ``kind``; cached by text."""
        return self._known(folded, kind)

    def _find(self, folded: str, kind: str) -> tuple[Hit, ...]:
        result: list[Hit] = []
        for start, end, word in self.words(folded):
            concepts = self._terms[word]
            if not concepts or _negated(folded, start, end):
                continue
            for concept in concepts:
                decision = _weigh(concept, folded, word, kind)
                if decision is not None:
                    result.append(Hit(decision, concept, word))
        return tuple(result)


def _stands_free(text: str, start: int, end: int) -> bool:
    """A Latin word counts only when no further Latin letter touches it (``vip`` is not in ``vipoma``)."""
    if "a" <= text[start] <= "z" and start and "a" <= text[start - 1] <= "z":
        return False
    return not ("a" <= text[end - 1] <= "z" and end < len(text) and "a" <= text[end] <= "z")


def _negated(text: str, start: int, end: int) -> bool:
    return text[:start].endswith(_NEGATIONS) or text.startswith("除外", end)


def _weigh(concept: Concept, text: str, word: str, kind: str) -> Decision | None:
    if concept.kinds and kind not in concept.kinds:
        return None
    if concept.whole and any(part != word for part in core(text)):
        return None
    if concept.needs and not any(one in text for one in concept.needs):
        return None
    if any(one in text for one in concept.cleared_by):
        return None
    if concept.decision == "excluded" and (
        (kind in ("drug", "herb") and not concept.drugs) or _soft(concept, text)
    ):
        return "review"
    return concept.decision


def _soft(concept: Concept, text: str) -> bool:
    if not any(one in text for one in concept.softened_by):
        return False
    return not any(one in text for one in concept.softened_unless)


def _expand(patterns: Iterable[str], sets: Mapping[str, list[str]]) -> list[str]:
    words: list[str] = []
    for pattern in patterns:
        holes = _HOLE.findall(pattern)
        for choice in itertools.product(*(sets[hole] for hole in holes)):
            filled = pattern
            for hole, value in zip(holes, choice, strict=True):
                filled = filled.replace("{" + hole + "}", value, 1)
            words.append(filled)
    return words


def read_list(document: Mapping[str, Any], list_id: str) -> WordList:
    """Build a list from its TOML document; :class:`ValueError` when a word is both a term and a guard."""
    sets: Mapping[str, list[str]] = document.get("sets", {})
    terms: dict[str, tuple[Concept, ...]] = {}
    for entry in document.get("concept", ()):
        decision = entry["decision"]
        if decision not in ("excluded", "review"):
            raise ValueError(f"{list_id}: {entry['name']} decides {decision}")
        concept = Concept(
            list_id=list_id,
            code=entry.get("code", document.get("code")),
            clause=entry.get("clause", document.get("clause")),
            name=entry["name"],
            decision=decision,
            needs=tuple(entry.get("needs", ())),
            softened_by=tuple(entry.get("softened_by", ())),
            softened_unless=tuple(entry.get("softened_unless", ())),
            cleared_by=tuple(entry.get("cleared_by", ())),
            whole=entry.get("whole", False),
            outside_only=entry.get("outside_only", False),
            below_threshold=entry.get("below_threshold", True),
            kinds=tuple(entry.get("kinds", ())),
            drugs=entry.get("drugs", False),
        )
        for word in dict.fromkeys(_expand(entry["terms"], sets)):
            terms[word] = (*terms.get(word, ()), concept)
    written = document.get("guards", ())
    both = {word for word in written if word in terms}
    if both:
        raise ValueError(f"{list_id}: both term and guard: {sorted(both)}")
    guards = frozenset(_expand(written, sets)) - terms.keys()
    return WordList(
        list_id=list_id,
        source=document["source"],
        status=document["status"],
        valid_from=document["valid_from"],
        valid_to=document.get("valid_to"),
        terms=terms,
        guards=guards,
    )


WORD_LISTS: Final = ("transplant", "expensive", "special", "unrelated", "drugs", "unclear")
"""The word lists of the package; ``herbs`` and ``herb_names`` stand beside them."""


def read_texts() -> dict[str, str]:
    """Return the text of every TOML file of the package's ``lists`` folder, by its name."""
    folder = resources.files("insurer.exclusions").joinpath("lists")
    return {
        one.name: one.read_text(encoding="utf-8")
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
        if one.name.endswith(".toml")
    }


@lru_cache(maxsize=16)
def toml_of(text: str) -> dict[str, Any]:
    """Read one TOML document; the same text is read once."""
    return tomllib.loads(text)
