"""Small files that no import may accept, for tests and demonstrations of the messages."""

import json
from pathlib import Path

_SETTLEMENT = {
    "setl_id": "320400G9999000000001",
    "psn_name": "王样例",
    "certno": "320411197001019004",
    "insutype": "390",
    "med_type": "21",
    "setl_time": "2026-03-18 16:05:00",
    "medfee_sumamt": "1000.00",
    "fulamt_ownpay_amt": "100.00",
    "overlmt_selfpay": "0.00",
    "preselfpay_amt": "50.00",
    "inscp_scp_amt": "850.00",
    "hifp_pay": "500.00",
    "hifmi_pay": "0.00",
    "maf_pay": "200.00",
}

# The signature of a real workbook and nothing usable behind it, as a broken download leaves it.
_TORN_WORKBOOK = b"PK\x03\x04" + b"\x14\x00\x06\x00" + bytes(range(256)) * 4


def broken_settlements() -> dict[str, str]:
    """Return JSON lines by the name of what is wrong with them; all else about them is right."""
    return {
        "without_setl_id": _line(setl_id=None),
        "empty_setl_id": _line(setl_id=""),
        "amount_is_no_number": _line(medfee_sumamt="一千元"),
        "amount_with_separator": _line(medfee_sumamt="1,000.00"),
        "without_total": _line(medfee_sumamt=None),
        "date_not_on_calendar": _line(setl_time="2026-02-30 10:00:00"),
        "not_an_object": json.dumps(["setlinfo"]),
        "torn_line": _line()[:-20],
    }


def _line(**changes: str | None) -> str:
    setlinfo = {name: value for name, value in {**_SETTLEMENT, **changes}.items() if value is not None}
    return json.dumps(
        {
            "setlinfo": setlinfo,
            "setldetail": [],
            "feedetail": [],
            "invoice": {},
            "later_payers": [],
            "evidence": [],
        },
        ensure_ascii=False,
    )


def write_broken(target: Path) -> dict[str, Path]:
    """Write the broken files into ``target`` (created when missing) and return them by name.

    Beside one ``.jsonl`` for each of :func:`broken_settlements` there are ``unreadable_workbook`` (a torn
    ``.xlsx``), ``wrong_type`` (a page image named as a workbook), ``headerless_roster`` (a ``.csv`` without
    any known column) and ``empty`` (no bytes at all).
    """
    target.mkdir(parents=True, exist_ok=True)
    contents: dict[str, tuple[str, bytes]] = {
        name: (f"{name}.jsonl", line.encode() + b"\n") for name, line in broken_settlements().items()
    }
    contents["unreadable_workbook"] = ("unreadable_workbook.xlsx", _TORN_WORKBOOK)
    contents["wrong_type"] = ("wrong_type.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(64))
    contents["headerless_roster"] = ("headerless_roster.csv", "甲,乙,丙\n1,2,3\n".encode("gb18030"))
    contents["empty"] = ("empty.xlsx", b"")
    paths = {}
    for name, (file_name, content) in contents.items():
        paths[name] = target / file_name
        paths[name].write_bytes(content)
    return paths
