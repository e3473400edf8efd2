"""Clause marks of the rules (``XB-二(二)4``) as the document, part and item that a letter names."""

import re
from dataclasses import dataclass

from insurer.kernel.errors import Invalid, Problem

XINBEI_DOCUMENT = "常开委办〔2021〕143号"
NANTONG_DOCUMENT = "通医保发〔2022〕68号"

_XINBEI = re.compile(r"XB-([一二三四五])(?:\(([一二三四五六七])\))?(\d{1,2})?")
_NANTONG = re.compile(r"NT-\(([一二三四五六七八九十]{1,3})\)(\d{1,2})?")


@dataclass(frozen=True, slots=True)
class Citation:
    """A clause as printed: the document's number and the place in it."""

    document: str
    place: str

    def __str__(self) -> str:
        return f"{self.document}{self.place}"


def cite(clause: str) -> Citation:
    """Turn a clause mark into a citation; :class:`Invalid` when the mark is unknown.

    A refusal must name its clause (insurance law, article 24), so guessing is not an option.
    """
    found = _XINBEI.fullmatch(clause)
    if found:
        part, section, item = found.groups()
        place = f"第{part}部分" + (f"（{section}）" if section else "") + (f"第{item}项" if item else "")
        return Citation(XINBEI_DOCUMENT, place)
    found = _NANTONG.fullmatch(clause)
    if found:
        section, item = found.groups()
        return Citation(NANTONG_DOCUMENT, f"第（{section}）条" + (f"第{item}项" if item else ""))
    raise Invalid(
        f"依据“{clause}”不是文件里的条款，通知书不能引用。请核对这一行的理由",
        (Problem("clause", "不认识这个条款", clause),),
    )
