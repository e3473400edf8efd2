"""``insurer check-items``: lines in, answers out, problems named, exit status."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from insurer.cli.check_items import check_items

KEYS = ["id", "decision", "code", "clause", "matched", "because"]


def run(text: str | bytes) -> tuple[Result, list[dict[str, Any]]]:
    result = CliRunner().invoke(check_items, ["-"], input=text)
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def test_an_answer_has_exactly_the_promised_fields_and_the_id_comes_back() -> None:
    result, answers = run(
        '{"id": 7, "medins_list_name": "PET-CT", "pric": 7000.0}\n\n{"medins_list_name": "血常规"}\n'
    )
    assert result.exit_code == 0
    assert [list(answer) for answer in answers] == [KEYS, KEYS]
    assert [(answer["id"], answer["decision"]) for answer in answers] == [(7, "excluded"), (None, "covered")]


def test_a_number_keeps_the_digits_it_was_written_with() -> None:
    line = '{"medins_list_name": "钛网", "list_type": "301", "chrgitm_lv": "03", "pric": %s}\n'
    _, answers = run(line % "4999.999999" + line % "5000.00" + line % "5e3")
    assert [answer["decision"] for answer in answers] == ["covered", "excluded", "excluded"]


def test_bad_lines_are_answered_with_the_field_and_the_status_is_2() -> None:
    result, answers = run(
        b'oops\n[1]\n{"id": "a"}\n{"id": "b", "medins_list_name": 5}\n\xff\xfe\n{"medins_list_name": "CT"}\n'
    )
    assert result.exit_code == 2
    assert [answer.get("error", {}).get("field") for answer in answers] == [
        "line",
        "line",
        "medins_list_name",
        "medins_list_name",
        "line",
        None,
    ]
    assert [answer["id"] for answer in answers] == [None, None, "a", "b", None, None]
    assert "第 3 行 medins_list_name" in result.stderr and "Traceback" not in result.stderr


def test_a_pharmacy_line_says_so_itself() -> None:
    _, answers = run('{"medins_list_name": "某药", "list_type": "101", "med_type": "41"}\n')
    assert answers[0]["code"] == "retail_pharmacy"


def test_a_file_is_read_and_a_missing_one_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('\ufeff{"medins_list_name": "特需门诊"}\n', encoding="utf-8")
    assert json.loads(CliRunner().invoke(check_items, [str(file)]).stdout)["code"] == "special_service"
    assert CliRunner().invoke(check_items, [str(tmp_path / "none")]).exit_code == 2
