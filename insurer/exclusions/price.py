"""The price threshold of XB-二(二)4: 5 000 yuan a charged unit, outside the catalogue, four kinds of line.

Prices have up to six decimals and are compared as :class:`~decimal.Decimal`, never rounded first.
"""

import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from insurer.kernel.errors import Invalid, Problem
from insurer.schemes.line_check import BillFacts

_LEVELS = {
    "01": "in", "1": "in", "02": "in", "2": "in", "甲": "in", "乙": "in", "甲类": "in", "乙类": "in",
    "03": "out", "3": "out", "丙": "out", "丙类": "out", "自费": "out", "全自费": "out", "目录外": "out",
    "自费(丙类)": "out", "丙类(自费)": "out",
}  # fmt: skip
_KINDS_BY_TYPE = {
    "03": "exam",
    "04": "lab",
    "05": "treatment",
    "08": "material",
    "09": "drug",
    "10": "herb",
    "11": "drug",
}
_KINDS_BY_LIST = {
    "101": "drug",
    "102": "herb",
    "103": "drug",
    "104": "drug",
    "105": "drug",
    "106": "herb",
    "301": "material",
}
CONCERNED = frozenset(("exam", "lab", "treatment", "material"))
"""Kinds of line that the threshold decides by itself."""
WORDS = {
    "exam": "检查",
    "lab": "化验",
    "treatment": "治疗",
    "material": "医用材料",
    "drug": "药品",
    "herb": "中药饮片",
}
"""Chinese words for kinds of line."""


def level_of(value: str | None) -> str:
    """Read ``chrgitm_lv``: ``in`` (class A or B), ``out`` (outside the catalogue), else an empty text."""
    if value is None:
        return ""
    text = value.strip()
    return _LEVELS.get(text) or _LEVELS.get(unicodedata.normalize("NFKC", text), "")


def kind_of(list_type: str | None, charge_type: str | None) -> str:
    """Return the kind of a line: exam, lab, treatment, material, drug, herb, service, or empty if unknown.

    ``list_type`` outranks ``med_chrgitm_type`` for drugs, pieces and materials; for services the charge
    category tells exam, laboratory test and treatment apart.
    """
    listed = (list_type or "").strip()
    kind = _KINDS_BY_LIST.get(listed)
    if kind is not None:
        return kind
    charged = (charge_type or "").strip()
    if len(charged) == 1:
        charged = "0" + charged
    kind = _KINDS_BY_TYPE.get(charged)
    if kind is not None and not (listed == "201" and kind in ("drug", "herb")):
        return kind
    return "service" if listed == "201" or charged else ""


def number(value: object) -> Decimal | None:
    """Read a count or price as an exact number; None when missing, :class:`ValueError` when unreadable."""
    if value is None or isinstance(value, bool):
        return None
    return Decimal(value) if isinstance(value, int) else _decimal(str(value))


@lru_cache(maxsize=4096)
def _decimal(text: str) -> Decimal | None:
    text = text.strip()
    if not text:
        return None
    try:
        result = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"“{text}”不是数字") from error
    if not result.is_finite():
        raise ValueError(f"“{text}”不是数字")
    return result


@dataclass(frozen=True, slots=True)
class Threshold:
    """The threshold as one case reads it: amount in yuan, basis, border and the kinds concerned."""

    amount: Decimal
    by_line: bool
    inclusive: bool
    all_kinds: bool
    named_always: bool

    def reached(self, price: Decimal) -> bool:
        """Tell whether a price (yuan) falls under the rule."""
        return price >= self.amount if self.inclusive else price > self.amount


_READINGS = {
    "price_threshold_basis": ("unit", "line"),
    "price_threshold_inclusive": ("true", "false"),
    "price_threshold_types": ("exam_test_treatment_material", "all_including_drugs"),
    "named_items": ("always", "at_threshold_only"),
}


def threshold_of(bill: BillFacts) -> Threshold:
    """Read the threshold from the readings and parameters of a bill; :class:`Invalid` names a bad value."""
    if not bill.readings and not bill.parameters:
        return _DEFAULT
    chosen = tuple(str(bill.readings.get(name, allowed[0])) for name, allowed in _READINGS.items())
    return _threshold(chosen, str(bill.parameters.get("unit_price_threshold", "5000.00")))


@lru_cache(maxsize=64)
def _threshold(chosen: tuple[str, ...], amount: str) -> Threshold:
    problems: list[Problem] = []
    for (name, allowed), value in zip(_READINGS.items(), chosen, strict=True):
        if value not in allowed:
            problems.append(
                Problem(f"readings.{name}", f"“{value}”不在可选口径内，请写 {' 或 '.join(allowed)}")
            )
    try:
        yuan = number(amount)
    except ValueError:
        yuan = None
    if yuan is None or yuan < 0:
        problems.append(
            Problem("parameters.unit_price_threshold", f"“{amount}”不是单价限额，请写成 5000.00 这样的数字")
        )
    if problems or yuan is None:
        raise Invalid("费用明细的审核口径读不出来，请改正后再算", tuple(problems))
    return Threshold(
        amount=yuan,
        by_line=chosen[0] == "line",
        inclusive=chosen[1] == "true",
        all_kinds=chosen[2] == "all_including_drugs",
        named_always=chosen[3] == "always",
    )


_DEFAULT = _threshold(tuple(allowed[0] for allowed in _READINGS.values()), "5000.00")


def yuan_text(amount: Decimal) -> str:
    """Write yuan for people, with two decimals unless the price has more (``5,800.00 元``)."""
    exact = amount.normalize()
    exponent = exact.as_tuple().exponent
    places = max(2, -exponent if isinstance(exponent, int) else 2)
    return f"{amount:,.{places}f} 元"
