"""``insurer calculate``: one line in, one line out, exit 2 when a case could not be read."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from insurer.cli.calculate import calculate

CASES = Path(__file__).parents[2] / "conformance" / "cases"


def worked(name: str) -> dict[str, Any]:
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))["case"]


def run(text: str | bytes, *arguments: str) -> Result:
    return CliRunner().invoke(calculate, list(arguments) or ["-"], input=text)


def answers(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_line_is_answered_in_its_order() -> None:
    names = ["XB-03", "XB-15", "XB-01"]
    result = run("\n".join(json.dumps(worked(name)) for name in names) + "\n\n")
    assert result.exit_code == 0
    assert [answer["case_id"] for answer in answers(result)] == names
    assert [answer["total"] for answer in answers(result)] == ["10592.95", "142082.64", "7658.27"]


def test_one_object_over_several_lines_is_one_case(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(worked("XB-01"), indent=2, ensure_ascii=False), encoding="utf-8-sig")
    result = run("", str(file))
    assert result.exit_code == 0
    assert [answer["total"] for answer in answers(result)] == ["7658.27"]


def test_a_case_that_cannot_be_read_is_answered_on_its_line_and_the_exit_status_is_2() -> None:
    broken = worked("XB-01") | {"settlements": [{"setl_id": "b1"}]}
    lines = [json.dumps(worked("XB-01")), json.dumps(broken), "{not json", "[1]", json.dumps(worked("XB-19"))]
    result = run("\n".join(lines))
    assert result.exit_code == 2
    found = answers(result)
    assert len(found) == 5
    assert found[0]["total"] == "7658.27"
    assert found[1]["error"]["field"] == "settlements[0].setl_time"
    assert "第 3 行" in found[2]["error"]["message"]
    assert [answer["error"]["field"] for answer in found[2:4]] == ["line", "line"]
    assert found[4]["total"] == "2071.43"
    told = result.stderr.splitlines()
    assert [line.split("：")[0] for line in told] == [
        "<stdin> 第 2 行 settlements[0].setl_time",
        "<stdin> 第 3 行 line",
        "<stdin> 第 4 行 line",
    ]


def test_files_put_together_keep_their_marks_and_are_read() -> None:
    line = json.dumps(worked("XB-01")).encode("utf-8-sig")
    result = run(b"\n".join([line, b"", line]))
    assert result.exit_code == 0
    assert [answer["total"] for answer in answers(result)] == ["7658.27", "7658.27"]


@pytest.mark.parametrize("opening", ["{", '{"case_id":', "["])
def test_a_first_line_that_opens_nothing_leaves_the_others_answered(opening: str) -> None:
    good = json.dumps(worked("XB-01"))
    result = run(f"{opening}\n{good}\n\n{good}\nlast")
    assert result.exit_code == 2
    found = answers(result)
    assert [answer.get("total") for answer in found] == [None, "7658.27", "7658.27", None]
    assert "第 5 行" in found[3]["error"]["message"]


def test_a_finished_document_over_several_lines_that_is_no_case_is_one_error() -> None:
    result = run("[\n1\n]")
    assert result.exit_code == 2
    assert len(answers(result)) == 1


def test_a_file_that_is_not_there_is_one_chinese_message(tmp_path: Path) -> None:
    result = run("", str(tmp_path / "nothing.jsonl"))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "打不开文件" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'{"case_id": "\xc4\xe3"}'])
def test_bytes_that_are_not_utf8_are_an_error_and_no_traceback(content: bytes) -> None:
    result = run(content)
    assert result.exit_code == 2
    assert "UTF-8" in answers(result)[0]["error"]["message"]


def test_an_empty_input_gives_nothing() -> None:
    result = run("")
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    result = run("", str(tmp_path))
    assert result.exit_code == 2
    assert "请检查" in result.stderr


@pytest.mark.parametrize(
    ("threshold", "excluded"),
    [(None, ["2"]), ("4999.99", ["1", "2"]), ("5000.01", []), ("0.00", ["1", "2", "3"])],
)
def test_the_price_threshold_of_a_case_reaches_the_line_check(
    threshold: str | None, excluded: list[str]
) -> None:
    case = worked("XB-04")
    case["parameters"]["unit_price_threshold"] = threshold
    result = run(json.dumps(case))
    assert result.exit_code == 0
    lines = answers(result)[0]["settlements"][0]["lines"]
    assert [line["feedetl_sn"] for line in lines] == excluded


@pytest.mark.parametrize("threshold", ["many", "-1.00", []])
def test_a_price_threshold_that_is_no_amount_is_an_error_that_names_it(threshold: object) -> None:
    case = worked("XB-04")
    case["parameters"]["unit_price_threshold"] = threshold
    result = run(json.dumps(case))
    assert result.exit_code == 2
    assert answers(result)[0]["error"]["field"] == "parameters.unit_price_threshold"
