"""``insurer simulate`` without a database: invented and given cases, files out, refusals."""

import csv
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from insurer.cli.main import main
from insurer.cli.simulate_report import spoken
from tests.factories.kept_decisions import worked

SCHEME = ("--scheme", "changzhou-xinbei")
OTHER = ("--reading", "class_b_first_pay=other")
MADE = (*SCHEME, "--generate", "25", "--from", "2026", "--seed", "3")


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["simulate", *arguments], prog_name="insurer", standalone_mode=True)
    return result.exit_code, result.stdout, result.stderr


def answer(*arguments: str) -> dict[str, Any]:
    code, out, err = run(*arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)  # type: ignore[no-any-return]


def row(found: dict[str, Any], table: str, key: str = "") -> dict[str, Any]:
    return next(one for one in found["rows"] if (one["table"], one["key"]) == (table, key))


def test_invented_cases_are_the_same_for_the_same_seed() -> None:
    first = answer(*MADE, *OTHER)
    assert first == answer(*MADE, *OTHER)
    assert first["cases"] == 25
    assert (
        first["rows"] != answer(*SCHEME, "--generate", "25", "--from", "2026", "--seed", "4", *OTHER)["rows"]
    )


def test_every_year_gets_its_cases() -> None:
    found = answer(*SCHEME, "--generate", "5", "--from", "2024", "--to", "2026", *OTHER)
    assert found["cases"] == 15
    assert [one["key"] for one in found["rows"] if one["table"] == "年度"] == ["2024", "2025", "2026"]


def test_the_report_can_be_read_by_a_bureau() -> None:
    code, out, _ = run(*MADE, *OTHER, "--parameter", "other_covered_rate=0.60")
    assert code == 0
    for words in ("按年度", "按条款", "XB-三 目录内补偿", "按读法和参数", "以上合在一起", "按人：人均现行"):
        assert words in out
    assert "乙类先行自付：算其他自付，按 50%；其他自付补偿比例：0.60" in out


def test_without_a_choice_every_reading_is_tried() -> None:
    found = answer(*MADE)
    tried = [one["key"] for one in found["rows"] if one["table"] == "读法和参数"]
    assert "class_b_first_pay=not_payable" in tried
    assert len(tried) > 20
    code, out, _ = run(*MADE)
    assert code == 0
    assert "换了以后总额不变：" in out


def test_given_cases_are_calculated(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    documents = [worked("XB-01"), worked("XB-03")]
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in documents), encoding="utf-8-sig")
    found = answer(*SCHEME, "--cases", str(path), "--reading", "class_b_first_pay=not_payable")
    assert (found["cases"], found["persons"]) == (2, 2)
    assert row(found, "合计")["today"] == "18251.22"  # 7658.27 and 10592.95, as worked by hand


def test_cases_of_one_person_share_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    one = worked("XB-01")
    two = json.loads(json.dumps(one))
    two["settlements"][0]["setl_id"] = "another"
    two["settlements"][0].pop("invoice", None)
    limit = ("--parameter", "other_covered_annual_limit=1.00")

    def total(*documents: dict[str, Any]) -> str:
        path.write_text("\n".join(map(json.dumps, documents)), encoding="utf-8")
        return str(row(answer(*SCHEME, "--cases", str(path), *limit), "合计")["simulated"])

    apart = total(one, two)
    together = total({**one, "person_id": "p"}, {**two, "person_id": "p"})
    assert round((float(apart) - float(together)) * 100) == 100
    path.write_text("\n".join(json.dumps({**one, "person_id": who}) for who in "pqp"), encoding="utf-8")
    code, _, err = run(*SCHEME, "--cases", str(path))
    assert code == 2
    assert "排在一起" in err


def test_csv_has_every_table_and_adds_up(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert run(*MADE, *OTHER, "--csv", str(path))[0] == 0
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert {one["表"] for one in rows} == {"合计", "年度", "条款", "读法和参数", "人员", "未定的数"}

    def fen(table: str, column: str) -> int:
        return sum(int(one[column].replace(".", "")) for one in rows if one["表"] == table)

    for column in ("现行（元）", "试算（元）", "变化（元）"):
        assert fen("合计", column) == fen("年度", column) == fen("人员", column)
    assert fen("变化（元）" and "合计", "变化（元）") < 0


@pytest.mark.parametrize("choice", [OTHER, ()])
def test_the_chart_is_a_drawing_without_scripts_or_other_places(
    tmp_path: Path, choice: tuple[str, ...]
) -> None:
    first, second = tmp_path / "one.svg", tmp_path / "two.svg"
    for path in (first, second):
        assert run(*MADE, *choice, "--chart", str(path))[0] == 0
    assert first.read_bytes() == second.read_bytes()
    root = ElementTree.parse(first).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert "rect" in tags and not tags & {"script", "image", "foreignObject"}
    links = [value for element in root.iter() for value in element.attrib.values() if "//" in value]
    assert links == []
    text = "".join(root.itertext())
    assert "@import" not in text and "url(" not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--generate", "1"), "--scheme：缺少方案编号，例如 changzhou-xinbei"),
        (("--scheme", "x"), "--scheme：没有方案“x”，可用的有 changzhou-xinbei、nantong"),
        ((*MADE, "--reading", "nothing=1"), "--reading：没有读法“nothing”，可用的有 class_b_first_pay、"),
        (
            (*MADE, "--reading", "class_b_first_pay=1"),
            "class_b_first_pay 只能是 in_catalogue、other、not_payable",
        ),
        ((*MADE, "--reading", "no_referral_cut_points=21"), "no_referral_cut_points 只能是 0 到 20"),
        ((*MADE, "--reading", "class_b_first_pay"), "要写成 名称=取值"),
        ((*MADE, *OTHER, *OTHER), "--reading：class_b_first_pay 写了两次"),
        ((*MADE, "--parameter", "nothing=1"), "--parameter：没有参数“nothing”，可用的有 in_catalogue_rate、"),
        (
            (*MADE, "--parameter", "other_covered_rate=half"),
            "other_covered_rate（其他自付补偿比例）“half”不是比率",
        ),
        ((*MADE, "--parameter", "other_covered_annual_limit=-1.00"), "不能小于零"),
        ((*MADE, "--cases", "x.jsonl"), "--cases：--generate 和 --cases 只能选一个"),
        ((*SCHEME, "--generate", "0"), "--generate：要在 1 到 1000000 之间"),
        (("--scheme", "nantong", "--generate", "1"), "--generate：只有 changzhou-xinbei 有虚构数据"),
        ((*SCHEME, "--cases", "nowhere.jsonl"), "nowhere.jsonl：没有这个文件，请核对路径"),
        ((*SCHEME, "--cases", "x.jsonl", "--from", "2026"), "--from：和 --cases 不能一起用"),
    ],
)
def test_a_wrong_option_is_one_message(arguments: tuple[str, ...], message: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "cases.jsonl 第 2 行：不是 JSON"),
        ("[]", "cases.jsonl 第 2 行：每一行要写成一个案件对象"),
        ('{"kind": "surplus"}', "cases.jsonl 第 2 行 kind：试算只用 claim"),
        ('{"kind": "claim", "scheme": "nantong"}', "cases.jsonl 第 2 行 scheme：和 --scheme 不同"),
        ('{"kind": "claim", "scheme": "changzhou-xinbei"}', "cases.jsonl 第 2 件 settlements：缺少结算列表"),
    ],
)
def test_a_case_that_cannot_be_read_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(worked("XB-01")) + "\n" + line, encoding="utf-8")
    code, out, err = run(*SCHEME, "--cases", str(path))
    assert (code, out) == (2, "")
    assert message in err


YEARS = "year,person,amount\n" + "".join(
    f"{year},p{number},{1000 + 37 * number}.00\n" for year in (2023, 2024, 2025) for number in range(40)
)


def bid(*arguments: str) -> tuple[int, str, str]:
    return run("bid", *arguments)


def test_a_bid_is_told_for_each_probability(tmp_path: Path) -> None:
    path = tmp_path / "years.csv"
    path.write_text(YEARS, encoding="utf-8")
    given = ("--years", str(path), "--max-profit-rate", "0.175", "--seed", "5")
    code, out, err = bid(*given, "--insured", "1000")
    assert (code, err) == (0, "")
    assert "2026 年预计理赔" in out and "人均保费：50%" in out and "XB-四(二)" in out
    code, out, _ = bid(*given, "--json", "--csv", str(tmp_path / "bid.csv"))
    found = json.loads(out)
    assert [one["probability"] for one in found["offers"]] == ["0.50", "0.75", "0.90", "0.95", "0.99"]
    assert found["past"][0] == {"year": 2023, "persons": 40, "claims": "68860.00"}
    assert len((tmp_path / "bid.csv").read_text(encoding="utf-8-sig").splitlines()) == 6
    chinese = tmp_path / "years2.csv"
    chinese.write_text(YEARS.replace("year,person,amount", "年度,人员,金额"), encoding="utf-8-sig")
    lines = tmp_path / "years.jsonl"
    rows = list(csv.DictReader(YEARS.splitlines()))
    lines.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    for other in (chinese, lines):
        code, again, _ = bid("--years", str(other), *given[2:], "--json")
        assert (code, again) == (0, out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--max-profit-rate", "0.3"), "--max-profit-rate：要在 0 到 20% 之间（XB-四(一)），例如 0.175"),
        (("--max-profit-rate", "x"), "--max-profit-rate：“x”不是比率"),
        (("--max-profit-rate", "-0.1"), "--max-profit-rate：不能小于零"),
        (("--max-profit-rate", "0.1", "--growth", "2"), "--growth：要在 -1 和 1 之间"),
        (("--max-profit-rate", "0.1", "--operating-cost", "-1.00"), "--operating-cost：不能小于零"),
        (("--max-profit-rate", "0.1", "--insured", "0"), "--insured：参保人数要大于零"),
        (("--max-profit-rate", "0.1", "--from", "2024"), "--from：只和 --years stored 一起用"),
        (("--max-profit-rate", "0.1", "--seed", "-1"), "--seed：要用 0 或更大的整数"),
    ],
)
def test_wrong_terms_are_one_message(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    path = tmp_path / "years.csv"
    path.write_text(YEARS, encoding="utf-8")
    code, out, err = bid("--years", str(path), *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_wrong_rows_are_named_together(tmp_path: Path) -> None:
    path = tmp_path / "years.csv"
    path.write_text("year,person,amount\n2025,a,12\n25,b,1.00\n2025,,x\n", encoding="utf-8")
    code, _, err = bid("--years", str(path), "--max-profit-rate", "0.1")
    assert code == 2
    assert "years.csv 第 3 行 year：" in err
    assert "years.csv 第 4 行 person：" in err
    assert "years.csv 第 4 行 amount：" in err
    path.write_text("a,b\n", encoding="utf-8")
    assert "缺少这一列" in bid("--years", str(path), "--max-profit-rate", "0.1")[2]


@pytest.mark.parametrize("words", [("simulate",), ("simulate", "bid"), ("recompute",)])
def test_help_is_answered_at_once(words: tuple[str, ...]) -> None:
    insurer = Path(sys.executable).with_name("insurer")
    best = 9.0
    for _ in range(3):
        started = time.monotonic()
        subprocess.run([insurer, *words, "--help"], check=True, capture_output=True)
        best = min(best, time.monotonic() - started)
    assert best < 0.5


def test_parquet_has_the_rows_of_the_csv_as_whole_fen(tmp_path: Path) -> None:
    from arro3.io import read_parquet

    table, sheet = tmp_path / "out.parquet", tmp_path / "out.csv"
    assert run(*MADE, *OTHER, "--csv", str(sheet), "--parquet", str(table))[0] == 0
    found = read_parquet(str(table)).read_all()
    columns = {name: found[name].to_pylist() for name in found.column_names}
    with sheet.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert columns["table"] == [row["表"] for row in rows]
    assert columns["label"] == [row["项目"] for row in rows]
    for name, word in (
        ("today_fen", "现行（元）"),
        ("simulated_fen", "试算（元）"),
        ("change_fen", "变化（元）"),
    ):
        assert columns[name] == [int(row[word].replace(".", "")) for row in rows]
    assert columns["count_today"] == [int(row["现行笔数"]) if row["现行笔数"] else None for row in rows]
    assert all(type(fen) is int for fen in columns["today_fen"])


def test_a_missing_part_for_parquet_is_told_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "arro3.core", None)
    code, _, err = run(*MADE, *OTHER, "--parquet", str(tmp_path / "out.parquet"))
    assert code == 2
    assert "insurer[parquet]" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("option", ["--csv", "--parquet", "--chart"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_calculated(
    tmp_path: Path, option: str
) -> None:
    for place in (tmp_path, tmp_path / "nowhere" / "out"):
        code, out, err = run(*MADE, *OTHER, option, str(place))
        assert (code, out) == (2, "")
        assert option in err and "Traceback" not in err


def test_amounts_and_counts_in_the_text_have_their_separators() -> None:
    assert spoken("其他自付年度限额：30000.00") == "其他自付年度限额：30,000.00"
    assert spoken("其他自付年度限额 1234567.50（占位数）") == "其他自付年度限额 1,234,567.50（占位数）"
    assert spoken("2026 年，比例 0.175，版本 2.10.1") == "2026 年，比例 0.175，版本 2.10.1"
    code, out, _ = run(*MADE, "--parameter", "other_covered_annual_limit=30000.00")
    assert code == 0 and "试算：其他自付年度限额：30,000.00" in out
    assert not re.search(r"\d{4,}\.\d\d", out)


def test_what_rests_on_unsettled_figures_is_told(tmp_path: Path) -> None:
    code, out, _ = run(*MADE, *OTHER)
    assert code == 0
    assert "注意：下面的数还没有正式定下来" in out
    assert "其他自付年度限额 20,000.00（占位数）" in out
    code, out, _ = run(*MADE, *OTHER, "--json")
    rows = [row for row in json.loads(out)["rows"] if row["table"] == "未定的数"]
    assert any("20000.00" in str(row) for row in rows)  # machines get amounts without separators
    assert rows and all(row["count_today"] > 0 for row in rows)
    settled = ("--parameter", "other_covered_annual_limit=20000.00")
    code, out, _ = run(*MADE, *settled, "--json")
    changed = [row for row in json.loads(out)["rows"] if row["table"] == "未定的数"]
    assert all(row["count_simulated"] == 0 for row in changed)
