"""What the platform sends after a settlement: its correction, its reversal."""

import json
from typing import Any


def copied(raw: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the same record with other fields in its header."""
    made: dict[str, Any] = json.loads(json.dumps(raw))
    made["setlinfo"].update(changes)
    return made


def corrected(raw: dict[str, Any], assistance: str = "300.00") -> dict[str, Any]:
    """The same settlement with another payment by medical assistance (200 before)."""
    own = 500 - int(float(assistance))
    return copied(
        raw,
        maf_pay=assistance,
        fund_pay_sumamt=f"{500 + float(assistance):.2f}",
        psn_part_amt=f"{own:.2f}",
    )


def reversal(raw: dict[str, Any], setl_id: str, **changes: Any) -> dict[str, Any]:
    """What the platform sends when a settlement is taken back: every amount negative."""
    negative = {
        key: f"-{value}"
        for key, value in raw["setlinfo"].items()
        if key.endswith(("amt", "_pay", "selfpay")) and float(value)
    }
    return {**copied(raw, setl_id=setl_id, refd_setl_flag="1", **{**negative, **changes}), "feedetail": []}
