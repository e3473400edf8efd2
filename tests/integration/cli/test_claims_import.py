"""``insurer claims import``: every form of a delivery, again, and files that are none."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from xlsxwriter import Workbook

from tests.factories.desk import ZHANG, raw_record
from tests.factories.upstream import corrected, reversal
from tests.integration.cli.command import Run

COMMAND = ("claims", "import", "--scheme", "changzhou-xinbei", "--json")
RAWS = [raw_record("s1"), raw_record("s2")]
LINE_FIELDS = (
    "setl_id",
    "feedetl_sn",
    "medins_list_name",
    "list_type",
    "med_chrgitm_type",
    "chrgitm_lv",
    "pric",
    "cnt",
    "det_item_fee_sumamt",
    "fulamt_ownpay_amt",
    "inscp_scp_amt",
    "preselfpay_amt",
)


def workbook(raws: list[dict[str, Any]], *, lines_of: str = "", number: bool = False) -> bytes:
    """Return both sheets; ``lines_of`` puts the lines under another settlement, ``number`` spoils certno."""
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        heads, lines = book.add_worksheet("setlinfo"), book.add_worksheet("feedetail")
        fields = [*raws[0]["setlinfo"], "fixmedins_name", "bill_code", "bill_no", "check_code"]
        heads.write_row(0, 0, fields)
        lines.write_row(0, 0, LINE_FIELDS)
        below = 1
        for row, raw in enumerate(raws, 1):
            values = {**raw["setlinfo"], **raw["invoice"], "fixmedins_name": "新北云溪人民医院"}
            for column, field in enumerate(fields):
                if number and field == "certno":
                    heads.write_number(row, column, float(ZHANG))
                elif field == "hifp_pay":
                    heads.write_number(row, column, float(values[field]))
                else:
                    heads.write_string(row, column, str(values[field]))
            for line in raw["feedetail"]:
                known = {**line, "setl_id": lines_of or raw["setlinfo"]["setl_id"]}
                for column, field in enumerate(LINE_FIELDS):
                    value = known.get(field)
                    if value is not None:
                        lines.write_string(below, column, str(value))
                below += 1
    return buffer.getvalue()


def _counts(run: Run, path: Path) -> dict[str, Any]:
    done = run(*COMMAND, str(path))
    assert (done.returncode, done.stderr) == (0, "")
    counts: dict[str, Any] = json.loads(done.stdout)
    assert counts.pop("file") == path.name
    assert counts["records"] == sum(value for key, value in counts.items() if key != "records")
    return counts


def test_every_form_of_one_delivery_is_the_same_delivery(
    run: Run, tmp_path: Path, fresh_engine: Engine
) -> None:
    forms = {
        "a.json": json.dumps(RAWS).encode(),
        "a.jsonl": b"\xef\xbb\xbf" + "\r\n".join(json.dumps(raw) for raw in RAWS).encode(),
        "a.xlsx": workbook(RAWS),
    }
    for name, content in forms.items():
        (tmp_path / name).write_bytes(content)
    first = {"records": 2, "new": 2, "changed": 0, "reversed": 0, "unchanged": 0}
    assert _counts(run, tmp_path / "a.json") == first
    assert _counts(run, tmp_path / "a.jsonl") == {**first, "new": 0, "unchanged": 2}
    (tmp_path / "one.json").write_text(json.dumps(RAWS[0], indent=2, ensure_ascii=False))
    assert _counts(run, tmp_path / "one.json") == {**first, "records": 1, "new": 0, "unchanged": 1}
    # the workbook names the hospital, which the others do not: corrections, and the second time nothing
    assert _counts(run, tmp_path / "a.xlsx") == {**first, "new": 0, "changed": 2}
    assert _counts(run, tmp_path / "a.xlsx") == {**first, "new": 0, "unchanged": 2}
    mixed = [corrected(RAWS[0]), reversal(RAWS[1], "s3", reverses="s2"), raw_record("s4")]
    (tmp_path / "m.json").write_text(json.dumps(mixed))
    assert _counts(run, tmp_path / "m.json") == {
        "records": 3,
        "new": 1,
        "changed": 1,
        "reversed": 1,
        "unchanged": 0,
    }
    with fresh_engine.connect() as connection:
        cases = connection.execute(text("SELECT case_no, state, hospital FROM claim ORDER BY case_no")).all()
    assert [case.state for case in cases] == ["received", "withdrawn", "received"]


def _row() -> bytes:
    return json.dumps([raw_record("b1"), raw_record("b2", hifp_pay="很多")]).encode()


def _stray() -> bytes:
    return json.dumps([raw_record("b1"), reversal(raw_record("b9"), "b2", reverses="b9")]).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(_row(), ("第 2 条", "hifp_pay"), id="an amount"),
        pytest.param(_stray(), ("第 2 条", "reverses"), id="a reversal of nothing"),
        pytest.param(
            workbook([raw_record("b1")], lines_of="b7"), ("feedetail 第 2 行", "setl_id"), id="stray lines"
        ),
        pytest.param(
            workbook([raw_record("b1")], number=True), ("setlinfo 第 2 行", "certno"), id="lost digits"
        ),
    ],
)
def test_a_bad_delivery_names_file_row_and_field_and_writes_nothing(
    run: Run, tmp_path: Path, fresh_engine: Engine, content: bytes, words: tuple[str, ...]
) -> None:
    (tmp_path / "坏.dat").write_bytes(content)
    done = run(*COMMAND, str(tmp_path / "坏.dat"))
    assert (done.returncode, done.stdout) == (2, "")
    assert all(word in done.stderr for word in ("坏.dat", *words)), done.stderr
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM claim")) == 0


def test_a_path_that_is_no_file_and_an_unknown_scheme_are_refused(run: Run, tmp_path: Path) -> None:
    for arguments, word in (
        ((*COMMAND, str(tmp_path / "nothing.json")), "打不开"),
        ((*COMMAND, str(tmp_path)), "打不开"),
        (("claims", "import", "--scheme", "elsewhere", str(tmp_path)), "没有方案"),
    ):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert word in done.stderr
