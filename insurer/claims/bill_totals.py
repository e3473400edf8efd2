"""What a bill says of its own categories: totals from the settlement list or the electronic invoice.

The settlement list (4101 ``iteminfo``) has one row a charge category; an invoice names its categories in
Chinese. Both are brought to the platform's ``med_chrgitm_type``, so that fee lines can be held against them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from insurer.claims.record_fields import FieldReader, Raw
from insurer.kernel.money import to_yuan

CHARGES: Final[dict[str, str]] = {
    "01": "床位费",
    "02": "诊察费",
    "03": "检查费",
    "04": "化验费",
    "05": "治疗费",
    "06": "手术费",
    "07": "护理费",
    "08": "材料费",
    "09": "西药费",
    "10": "中药饮片",
    "11": "中成药",
    "12": "一般诊疗费",
    "13": "挂号费",
    "14": "其他费",
}
"""Charge categories of the platform, by their code."""

_WORDS: Final[dict[str, str]] = {
    **{word: code for code, word in CHARGES.items()},
    "诊查费": "02",
    "检验费": "04",
    "卫生材料费": "08",
    "医用材料费": "08",
    "西药": "09",
    "中草药费": "10",
    "中药饮片费": "10",
    "中药费": "10",
    "中成药费": "11",
    "其它费": "14",
    "其他": "14",
    "其它": "14",
}


def charge_code(text: str) -> str:
    """Return the two digits of a category that is written as a code or in Chinese; unknown words stay."""
    text = text.strip()
    if text.isdigit() and len(text) < 3:
        return text.zfill(2)
    return _WORDS.get(text) or _WORDS.get(f"{text}费") or text


def read_bill_totals(reader: FieldReader, raw: Raw) -> dict[str, Any]:
    """Return ``{"source", "amounts"}`` of the bill's own totals by category (yuan), empty without any.

    The settlement list goes before the invoice. A total that cannot be read is a problem that names its row.
    """
    rows = reader.rows(raw, "iteminfo")
    if rows:
        named = (("结算清单", row, "med_chrgitm", "amt") for row in rows)
        return {"source": "iteminfo", "amounts": _sums(reader, named)}
    details = reader.rows(reader.part(raw, "invoice"), "details")
    if details:
        named = (("票据", row, "itemname", "itemamount") for row in details)
        return {"source": "invoice", "amounts": _sums(reader, named)}
    return {}


def _sums(reader: FieldReader, rows: Iterable[tuple[str, Mapping[str, Any], str, str]]) -> dict[str, str]:
    sums: dict[str, int] = defaultdict(int)
    for number, (paper, row, name, amount) in enumerate(rows, 1):
        where = f"{reader.where} {paper}分类第 {number} 行"
        code = charge_code(reader.text(row, name, required=True, where=where))
        fen = reader.fen(row, amount, required=True, where=where)
        if code and fen is not None:
            sums[code[:20]] += fen
    return {code: to_yuan(fen) for code, fen in sorted(sums.items())}
