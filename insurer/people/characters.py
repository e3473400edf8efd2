"""Characters that office software puts where others belong: blanks of every kind and full-width forms."""

from typing import Final

_ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u180e\u00ad") | frozenset(
    map(chr, range(0x202A, 0x202F))
)

FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Translation table of full-width ASCII forms to ASCII."""


def is_blank(character: str) -> bool:
    """Tell whether a character shows nothing: spaces, no-break and ideographic ones, zero-width marks."""
    return character.isspace() or character in _ZERO_WIDTH


def trimmed(text: str) -> str:
    """Remove blanks of every kind from both ends and line breaks inside."""
    if text.isalnum() or (text.isascii() and text.isprintable() and text[:1] != " " and text[-1:] != " "):
        return text
    start, end = 0, len(text)
    while start < end and is_blank(text[start]):
        start += 1
    while end > start and is_blank(text[end - 1]):
        end -= 1
    inner = text[start:end]
    return " ".join(inner.split()) if any(mark in inner for mark in "\r\n\t") else inner


def squeezed(text: str) -> str:
    """Remove every blank, also inside."""
    return "".join(character for character in text if not is_blank(character))
