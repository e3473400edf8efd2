"""Herbal pieces that basic insurance never pays or not when prescribed alone (XB-二(二)9).

A piece is known by its national T code or by its whole written name: brackets, cooking notes, grades, forms
and processing words are peeled off until a listed name is left. A name is never searched for inside another
(牛黄 is not in 牛膝, 珍珠 not in 珍珠母), so an unknown piece counts as payable.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple

from insurer.exclusions.names import BORDER, fold, without_borders, without_measure

Standing = Literal["never", "single", "ask"]


class Piece(NamedTuple):
    """What is known of a piece: its standing, listed name, the text or code it was known by, its code.

    ``exact`` tells that the list names this very form; other processed forms of a piece are for a person.
    """

    standing: Standing
    listed: str
    matched: str
    code: str | None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Forms:
    """Words around a name: those that leave the piece what it is, and those that process it."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    processed_before: tuple[str, ...]
    processed_after: tuple[str, ...]
    substitute: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class HerbList:
    """The pieces of one dated list, by national code and by written name; what was asked is remembered."""

    status: str
    source: str
    valid_from: date
    valid_to: date | None
    by_code: Mapping[str, Piece]
    by_name: Mapping[str, Piece]
    exceptions: frozenset[str]
    marks: tuple[str, ...]
    forms: Forms

    def holds_on(self, day: date) -> bool:
        """Tell whether the list is in force on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    @cached_property
    def find(self) -> Callable[[tuple[str, ...], str], Piece | None]:
        """Return what the list says of a line with these folded names and this catalogue code."""
        return lru_cache(maxsize=16384)(self._find)

    def _find(self, names: tuple[str, ...], code: str) -> Piece | None:
        coded = self.by_code.get(code)
        named = [piece for piece in (_find_name(self, name) for name in names if name) if piece is not None]
        if not named:
            return coded or self._marked(names)
        foreign = coded is None and bool(_CODE.fullmatch(code))
        best = min(named, key=lambda piece: ("never", "ask", "single").index(piece.standing))
        standings = {piece.standing for piece in named} | ({coded.standing} if coded else set())
        if foreign and best.standing == "never":
            # A national code of another piece stands beside a never payable name: one of the two is wrong.
            return best._replace(standing="ask", matched=f"{best.matched}、{code}")
        if len(standings) == 1:
            return best
        if coded is not None and {coded.standing, best.standing} == {"never", "single"} and len(named) == 1:
            # Text and code name different pieces (阿胶珠 with the code of 阿胶).
            return best._replace(standing="ask", matched=f"{best.matched}、{code}")
        if coded is not None and coded.standing == "never" and best.standing == "never":
            return best
        return best._replace(standing="ask") if "never" in standings else best

    def _marked(self, names: tuple[str, ...]) -> Piece | None:
        """Ask about an unknown name that holds the word of a never payable piece, unless it is excepted."""
        for name in names:
            flat = without_borders(name)
            word = next((one for one in self.marks if one in flat), None)
            if word is not None and not any(one in flat for one in self.exceptions if word in one):
                return Piece("ask", word, without_measure(flat), None)
        return None


_CODE = re.compile(r"T\d{9}")
_PREFIX_CODE = re.compile(r"^[a-z]{1,4}(?=[^a-z0-9 ])|^[^|]{1,4}牌(?=[^|]{2})")
_NOTES = ("非", "不含", "除外", "禁")


def _find_name(herbs: HerbList, folded: str) -> Piece | None:
    whole = without_measure(folded)
    flat = without_borders(whole)
    if flat in herbs.exceptions:
        return None
    piece = herbs.by_name.get(flat)
    if piece is not None:
        return piece
    parts = [without_measure(part) for part in whole.split(BORDER) if part]
    if any(part in herbs.exceptions for part in parts):
        return None
    if len(parts) > 1 and any(part.startswith(_NOTES) or part.endswith("除外") for part in parts):
        parts = [part for part in parts if not part.startswith(_NOTES) and not part.endswith("除外")]
    found = [piece for piece in (_peel(herbs, part) for part in parts) if piece is not None]
    if not found and len(parts) > 1:
        joined = _peel(herbs, flat)
        found = [joined] if joined is not None else []
    if not found:
        return None
    for standing in ("never", "ask", "single"):
        for piece in found:
            if piece.standing == standing:
                if standing == "never" and any(word in whole for word in herbs.forms.substitute):
                    return piece._replace(standing="ask")
                return piece
    return None


def _peel(herbs: HerbList, text: str) -> Piece | None:
    """Take known beginnings and endings off until a listed name is left (breadth first, few steps)."""
    text = _PREFIX_CODE.sub("", text) or text
    if text in herbs.exceptions:
        return None
    front = [(text, True)]
    seen = {text}
    for _ in range(4):
        following: list[tuple[str, bool]] = []
        for name, exact in front:
            piece = herbs.by_name.get(name)
            if piece is not None:
                return piece if exact else _processed(piece)
            if name.endswith("炭") or len(name) < 2:
                continue
            for candidate, still in _shorter(herbs.forms, name, exact):
                if candidate not in seen and candidate not in herbs.exceptions:
                    seen.add(candidate)
                    following.append((candidate, still))
        front = following
        if not front:
            break
    return None


def _shorter(forms: Forms, name: str, exact: bool) -> list[tuple[str, bool]]:
    """Return the name without one beginning or ending, at least two characters long."""
    result: list[tuple[str, bool]] = []
    # The test against the whole tuple first: most names begin and end with none of the words.
    if name.startswith(forms.before):
        result += [(name[len(word) :], exact) for word in forms.before if name.startswith(word)]
    if name.endswith(forms.after):
        result += [(name[: -len(word)], exact) for word in forms.after if name.endswith(word)]
    if name.endswith(forms.processed_after):
        result += [(name[: -len(word)], False) for word in forms.processed_after if name.endswith(word)]
    if name.startswith(forms.processed_before):
        result += [(name[len(word) :], False) for word in forms.processed_before if name.startswith(word)]
    return [one for one in result if len(one[0]) >= 2]


def _processed(piece: Piece) -> Piece:
    """A processed form stays never payable; for the other list only the named forms are sure."""
    return piece if piece.standing == "never" else piece._replace(exact=False)


def _read_version(
    version: Mapping[str, Any], content: Mapping[str, Any], names: Mapping[str, Any]
) -> HerbList:
    by_code: dict[str, Piece] = {}
    by_name: dict[str, Piece] = {}
    codes: dict[str, str] = {}
    standings: tuple[Standing, ...] = ("never", "single")
    for question, written in names["ask"].items():
        for name in written:
            by_name[_key(name)] = Piece("ask", question, name, None)
    for standing in standings:
        for code, listed in content[standing].items():
            by_code[code] = Piece(standing, listed, code, code)
            codes[listed] = code
            by_name[_key(listed)] = Piece(standing, listed, listed, code)
    for standing in standings:
        for listed, written in names[standing].items():
            if listed not in codes:
                raise ValueError(f"herb_names.toml: {listed} is not in the {standing} list")
            for name in written:
                by_name.setdefault(_key(name), Piece(standing, listed, name, codes[listed]))
    organs = names["organs"]
    exceptions = frozenset(_key(name) for name in organs["exceptions"])
    whole = [animal + part for animal in organs["animals"] for part in organs["parts"]] + organs["also"]
    listed = content["never"][organs["code"]]
    for name in organs["ask"]:
        by_name.setdefault(
            _key(name), Piece("ask", "是否属动物脏器和胎、鞭、尾、筋、骨", name, organs["code"])
        )
    for name in whole:
        if _key(name) not in exceptions:
            by_name.setdefault(_key(name), Piece("never", listed, name, organs["code"]))
    return HerbList(
        status=version["status"],
        source=version["source"],
        valid_from=version["valid_from"],
        valid_to=version.get("valid_to"),
        by_code=by_code,
        by_name=by_name,
        exceptions=exceptions,
        marks=tuple(names["marks"]["words"]),
        forms=Forms(**{name: tuple(words) for name, words in names["forms"].items()}),
    )


def _key(name: str) -> str:
    return without_borders(fold(name))


def read_herb_lists(document: Mapping[str, Any], names: Mapping[str, Any]) -> tuple[HerbList, ...]:
    """Return every dated herb list of the two documents ``herbs.toml`` and ``herb_names.toml``."""
    return tuple(
        _read_version(one, document["content"][one["content"]], names) for one in document["version"]
    )
