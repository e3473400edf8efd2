"""Money is an ``int`` of fen everywhere; text appears only at the edges, floats nowhere.

Rounding is half away from zero and happens in :func:`share` and :func:`proportion` only.
"""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import NewType

import cn2an

Fen = NewType("Fen", int)

MAX_FEN = 10**14
"""Largest amount accepted from outside (one trillion yuan): far above any bill, far below int64."""

_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")


def parse_yuan(text: str) -> Fen:
    """Read a decimal string in yuan (``"1234.50"``) as fen.

    At most two decimals are accepted (further zeros are harmless); separators, units, exponents and
    floats are refused with :class:`ValueError` in Chinese.
    """
    if not isinstance(text, str):
        raise ValueError("金额要写成文本，例如 1234.50")
    digits = text[:-3] + text[-2:]
    if text[-3:-2] == "." and 3 <= len(digits) <= 14 and digits.isascii() and digits.isdigit():
        return Fen(int(digits))  # the form in which almost every amount is written, within MAX_FEN
    stripped = text.strip()
    if not _PLAIN.fullmatch(stripped):
        raise ValueError(f"“{stripped}”不是金额，请写成 1234.50 这样的数字")
    try:
        fen = Decimal(stripped) * 100
    except InvalidOperation as error:  # pragma: no cover - the pattern already excludes it
        raise ValueError("金额读不出来") from error
    if fen != fen.to_integral_value():
        raise ValueError(f"“{stripped}”的小数超过两位，金额只能到分")
    if abs(fen) > MAX_FEN:
        raise ValueError(f"“{stripped}”太大，请核对")
    return Fen(int(fen))


def to_yuan(fen: int) -> str:
    """Write fen as a plain decimal string with two decimals (``"-0.05"``), the form of every interface."""
    if not fen:
        return "0.00"
    digits = f"{fen:03d}" if fen > 0 else f"{fen:04d}"
    return f"{digits[:-2]}.{digits[-2:]}"


def display(fen: int) -> str:
    """Write fen for people: thousands separators and a real minus sign (U+2212)."""
    sign = "−" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan:,}.{rest:02d}"


def in_words(fen: int) -> str:
    """Write fen as 人民币大写 for letters and confirmations; negative amounts are refused."""
    if fen < 0:
        raise ValueError("大写金额不写负数")
    return "人民币" + str(cn2an.an2cn(to_yuan(fen), "rmb"))


def half_up(numerator: int, denominator: int) -> int:
    """Divide two integers, rounding half away from zero; the denominator must be positive."""
    if denominator <= 0:
        raise ValueError("denominator must be positive")
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def share(fen: int, numerator: int, denominator: int) -> int:
    """Return ``fen × numerator / denominator`` rounded half up to the fen."""
    return half_up(fen * numerator, denominator)


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` in proportion to non-negative ``weights`` so that the parts sum to it exactly.

    Every part but the last with a weight is rounded half up; that last one takes the remainder
    (the rule of the worked cases, ``XB.unsplit_payment``). All weights zero: nothing is placed.
    """
    whole = sum(weights)
    parts = [0] * len(weights)
    if whole <= 0:
        return parts
    heavy = [index for index, weight in enumerate(weights) if weight > 0]
    for index in heavy[:-1]:
        parts[index] = share(total, weights[index], whole)
    parts[heavy[-1]] = total - sum(parts)
    return parts
