"""Characters that office software puts where others belong: blanks of every kind and full-width forms."""

from typing import Final

_CONTROLS = frozenset(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
_ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u180e\u00ad") | frozenset(
    map(chr, range(0x202A, 0x202F))
)

FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Translation table of full-width ASCII forms to ASCII."""


def is_blank(character: str) -> bool:
    """Tell whether a character shows nothing: spaces of every kind, zero-width marks, control characters."""
    return character.isspace() or character in _ZERO_WIDTH or character in _CONTROLS


def trimmed(text: str) -> str:
    """Remove blanks of every kind from both ends, and line breaks and control characters inside."""
    if text.isalnum() or (text.isascii() and text.isprintable() and text[:1] != " " and text[-1:] != " "):
        return text
    start, end = 0, len(text)
    while start < end and is_blank(text[start]):
        start += 1
    while end > start and is_blank(text[end - 1]):
        end -= 1
    inner = text[start:end]
    if not any(mark in _CONTROLS for mark in inner):
        return inner
    # No database takes a zero byte, and nobody can see the others.
    return " ".join("".join(mark for mark in inner if mark not in _CONTROLS or mark in "\r\n\t").split())


def squeezed(text: str) -> str:
    """Remove every blank, also inside."""
    return "".join(character for character in text if not is_blank(character))
