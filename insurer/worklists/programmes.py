"""The programmes of the desk: name, and the values that stand for one in an address."""

from typing import Final

PROGRAMMES: Final[dict[str, str]] = {
    "changzhou-xinbei": "新北低保大病补充",
    "nantong": "南通医疗救助",
}
"""Scheme to the name that the top bar shows."""

DEFAULT: Final = "changzhou-xinbei"


def chosen(asked: str | None) -> str:
    """Return the scheme asked for, or the default; an unknown name is ignored."""
    return asked if asked in PROGRAMMES else DEFAULT


def kept(scheme: str) -> str:
    """Return what an address must carry to stay with a scheme: nothing for the default one."""
    return "" if scheme == DEFAULT else scheme
