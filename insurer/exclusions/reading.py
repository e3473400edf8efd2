"""One fee line as the rules see it: kind, level, both names folded, national code, price chapter."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from insurer.exclusions.named_items import Chapter, chapter_of
from insurer.exclusions.names import BORDER, fold
from insurer.exclusions.price import kind_of, level_of

_CONTENT = (
    "med_list_codg",
    "hilist_code",
    "medins_list_name",
    "hilist_name",
    "medins_list_codg",
    "list_type",
    "med_chrgitm_type",
    "chrgitm_lv",
)
"""The fields from which a line is read, without price and count."""

_TEXTS = frozenset((str, type(None)))
_PIECE_CODE = re.compile(r"[Tt]\d{9}")
_DRUG_CODE = re.compile(r"[XZ][A-Z]\w{18}(?:\w{3})?", re.IGNORECASE)
_CODELESS = ("drug", "herb", "material")


class Line(NamedTuple):
    """A line as the rules see it; ``code`` is a national code or empty, ``names`` are folded.

    ``of_drug`` tells that the code is that of a ready drug (``X`` western, ``Z`` Chinese).
    """

    kind: str
    level: str
    folded: str
    names: tuple[str, ...]
    code: str
    chapter: Chapter | None
    of_drug: bool


def read_line(line: Mapping[str, Any]) -> Line:
    """Read a fee line; lines of the same content are read once, for a hospital charges the same again."""
    content = tuple(map(line.get, _CONTENT))
    if not _TEXTS.issuperset(map(type, content)):
        content = tuple(None if value is None else str(value) for value in content)
    return _read(*content)


@lru_cache(maxsize=8192)
def _read(
    code: str | None,
    second_code: str | None,
    name: str | None,
    catalogue_name: str | None,
    local_code: str | None,
    list_type: str | None,
    charge_type: str | None,
    level: str | None,
) -> Line:
    found = (code or "").strip() or (second_code or "").strip()
    local = (local_code or "").strip()
    if found[:3].upper() == "ZL:":  # a hospital's own code, wherever it stands
        found, local = "", found
    own = fold(name or "")
    listed = fold(catalogue_name) if catalogue_name else ""
    kind = kind_of(list_type, charge_type)
    of_drug = False
    if found and _PIECE_CODE.fullmatch(found):
        kind, found = "herb", found.upper()
    elif found:
        of_drug = _DRUG_CODE.fullmatch(found) is not None
    chapter = None
    if kind not in _CODELESS:
        if found:
            chapter = chapter_of(found)
        elif local[:3].upper() == "ZL:":
            chapter = chapter_of(local)
    return Line(
        kind=kind,
        level=level_of(level),
        folded=own if not listed or listed == own else own + BORDER + listed,
        names=(own,) if not listed or listed == own else (own, listed),
        code=found,
        chapter=chapter,
        of_drug=of_drug,
    )
