"""Names of people: shown as written, matched by a normal form, found by pinyin initials, sorted by pinyin."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from typing import Final

from insurer.people.characters import is_blank

DOTS: Final = frozenset("·•‧∙⋅・･．.●﹒᛫ㆍ⸱⸳˙ᐧ𐄁")
"""Every sign seen between the parts of a Uyghur, Kazakh, Tibetan or Mongolian name."""

MISSING_NAMES: Final = frozenset({"", "无", "无名", "暂无", "不详", "未知", "空", "/", "\\", "?", "？", "*"})
_BRACKETS = re.compile(r"[（(〔【\[].*?[）)〕】\]]")
_LATIN_OR_BRACKET = re.compile(r"[\u0000-\u024f（(〔【\[]")
_DASHES = frozenset("-—–－_")
_MAX_KEYS = 64

# Office fonts of the GBK time show some characters at private code points, in the order of GBK row FE; the
# modern table of the same row gives the real character. Private ones that it does not resolve stay.
_PRIVATE: Final[dict[int, str]] = {
    0xE815 + index: character
    for index, low in enumerate([*range(0x50, 0x7F), *range(0x80, 0xA1)])
    if not 0xE000 <= ord(character := bytes((0xFE, low)).decode("gb18030")) <= 0xF8FF
}

# Characters without a reading in the dictionary that do occur in names.
_EXTRA_READINGS: Final[dict[str, tuple[str, ...]]] = {"𠮷": ("ji2",), "㐂": ("xi3",), "〇": ("ling2",)}

# The usual reading of a surname where the most frequent reading of the character is another one.
_SURNAMES: Final[dict[str, str]] = {
    "曾": "zeng1", "单": "shan4", "解": "xie4", "仇": "qiu2", "查": "zha1", "朴": "piao2", "区": "ou1",
    "任": "ren2", "华": "hua4", "盖": "ge3", "繁": "po2", "乐": "yue4", "覃": "qin2", "员": "yun4",
    "缪": "miao4", "宁": "ning2", "折": "she2", "翟": "zhai2", "祭": "zhai4", "秘": "bi4", "冼": "xian3",
    "洗": "xian3", "黑": "he4", "召": "shao4", "种": "chong2", "那": "na1", "柏": "bai3", "葛": "ge3",
    "车": "che1", "尉迟": "yu4 chi2", "长孙": "zhang3 sun1", "万俟": "mo4 qi2", "单于": "chan2 yu2",
    "澹台": "tan2 tai2", "万": "wan4", "石": "shi2", "夏": "xia4", "贾": "jia3", "沈": "shen3", "晁": "chao2",
    "谌": "chen2", "隗": "wei3", "燕": "yan1", "应": "ying1", "卜": "bu3", "粘": "nian2", "尉": "wei4",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """A name for display; ``repairs`` names the rules used, ``warning`` is ``glyph`` if one is lost."""

    display: str
    repairs: tuple[str, ...] = ()
    warning: str = ""


def read_name(text: str) -> Name:
    """Read a name: spaces inside go (kept between Latin words), dots and rare characters stay as written.

    A dash, a word like 无 or digits alone count as no name: ``display`` is empty then.
    """
    if text.isalpha() and min(text) >= "\u4e00" and max(text) <= "\u9fff" and text not in MISSING_NAMES:
        return Name(text)
    repairs: list[str] = []
    display = _without_blanks(text)
    if display != text:
        repairs.append("spaces")
    if display in MISSING_NAMES or all(one in _DASHES or one.isdigit() for one in display):
        return Name("")
    known = display.translate(_PRIVATE)
    if known != display:
        display = known
        repairs.append("private_character")
    lost = any(character in "?？□�" or unicodedata.category(character) == "Co" for character in display)
    return Name(display, tuple(repairs), "glyph" if lost else "")


def _without_blanks(text: str) -> str:
    kept: list[str] = []
    pending = False
    for character in text:
        if is_blank(character):
            pending = bool(kept)
            continue
        if pending and _latin(kept[-1]) and _latin(character):
            kept.append(" ")
        pending = False
        kept.append(character)
    return "".join(kept)


def _latin(character: str) -> bool:
    return character.isalpha() and ord(character) < 0x250


def name_key(display: str) -> str:
    """Return the form under which two spellings of one name are equal; empty when nothing is left.

    Dots of every kind, blanks and bracketed notes (a former name) do not count, nor do full-width letters,
    compatibility forms and letter case.
    """
    if display.isalpha() and min(display) >= "\u4e00" and max(display) <= "\u9fff":
        return display
    bare = _BRACKETS.sub("", display.translate(_PRIVATE)) or display
    # Dots first: compatibility mapping would turn U+318D into a Hangul letter.
    bare = "".join(character for character in bare if character not in DOTS and not is_blank(character))
    return unicodedata.normalize("NFKC", bare).casefold()


@lru_cache(maxsize=20_000)
def _readings(character: str) -> tuple[str, ...]:
    """Return every reading of one character with its tone digit, the most frequent first."""
    if character in _EXTRA_READINGS:
        return _EXTRA_READINGS[character]
    # Loaded here because the dictionary takes time that a command that only prints its help should not spend.
    from pypinyin import Style, pinyin

    found = pinyin(character, heteronym=True, style=Style.TONE3, errors="ignore", neutral_tone_with_five=True)
    return tuple(str(reading) for reading in found[0]) if found else ()


@lru_cache(maxsize=20_000)
def _initials_of(character: str) -> tuple[str, ...]:
    letters = {
        reading[0] for reading in _readings(character) if reading[0].isascii() and reading[0].isalpha()
    }
    return tuple(sorted(letters))


@lru_cache(maxsize=20_000)
def initials(display: str) -> frozenset[str]:
    """Return the search keys of a name: one per combination of readings, 曾小贤 gives ``zxx`` and ``cxx``.

    A Latin word counts with its first letter; a character without a known reading is left out.
    """
    single = list(map(_initials_of, display))
    if all(len(one) == 1 for one in single) and not _LATIN_OR_BRACKET.search(display):
        return frozenset({"".join([one[0] for one in single])})
    parts: list[tuple[str, ...]] = []
    inside_latin = False
    for character in _BRACKETS.sub("", display) or display:
        if _latin(character):
            if not inside_latin:
                parts.append((unicodedata.normalize("NFKD", character)[0].lower(),))
            inside_latin = True
            continue
        inside_latin = False
        if letters := _initials_of(character):
            parts.append(letters)
    keys: set[str] = set()
    for combination in product(*parts):
        keys.add("".join(combination))
        if len(keys) >= _MAX_KEYS:
            break
    return frozenset(keys - {""})


def pinyin_key(display: str) -> str:
    """Return the text that sorts names in pinyin order under byte order (collation C).

    Surnames take their surname reading (单 is shan); a character without a reading sorts after all others.
    """
    plain = display.isalpha() and min(display) >= "\u4e00" and max(display) <= "\u9fff"
    bare = display if plain else "".join(one for one in display if one not in DOTS and not is_blank(one))
    parts: list[str] = []
    rest = bare
    for length in (2, 1):
        if len(bare) > length and bare[:length] in _SURNAMES:
            parts.append(_SURNAMES[bare[:length]])
            rest = bare[length:]
            break
    for character in rest:
        if not plain and _latin(character):
            parts.append(character.casefold())
        elif readings := _readings(character):
            parts.append(readings[0])
        else:
            parts.append(f"~{ord(character):06x}")
    return f"{' '.join(parts)} {bare}"


class _Letters(dict[str, str]):
    """The initials of a character of everyday names; a stop for any other character."""

    def __missing__(self, character: str) -> str:
        everyday = "\u4e00" <= character <= "\u9fff"
        made = self[character] = "".join(_initials_of(character)) if everyday else _STOP
        return made


class _Usual(dict[str, str]):
    """The usual reading of a character of everyday names."""

    def __missing__(self, character: str) -> str:
        made = self[character] = _readings(character)[0]
        return made


_STOP: Final = ""
_LETTERS: Final = _Letters()
_USUAL: Final = _Usual()


def spelled(display: str) -> tuple[tuple[str, ...], str]:
    """Return the :func:`initials` in order and the :func:`pinyin_key`; most names need a few table look-ups.

    The tables hold the characters met so far, of which there are some twenty thousand at most.
    """
    letters = tuple(map(_LETTERS.__getitem__, display))
    if _STOP in letters or len(letters) < 2:
        return tuple(sorted(initials(display))), pinyin_key(display)
    surname, at = _SURNAMES.get(display[:2]), 2
    if surname is None or len(letters) == 2:
        surname, at = _SURNAMES.get(display[0]) or _USUAL[display[0]], 1
    return _combined(letters), f"{' '.join((surname, *map(_USUAL.__getitem__, display[at:])))} {display}"


@lru_cache(maxsize=50_000)
def _combined(letters: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(map("".join, islice(product(*letters), _MAX_KEYS)))))
