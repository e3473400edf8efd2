"""Broken packs are refused when they are loaded, and the message names file and row."""

import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from insurer.schemes import changzhou_xinbei_claim, nantong_claim
from insurer.schemes.operations import NEVER
from insurer.schemes.pack_files import RATE_OF, load_scheme, scheme_data
from insurer.schemes.packdata import BadPack, SchemeData
from insurer.schemes.recording import Rules, Sheet
from insurer.schemes.scheme_pack import Pack, Recorder

Load = Callable[..., SchemeData]
XINBEI, NANTONG = changzhou_xinbei_claim.SCHEME, nantong_claim.SCHEME


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a scheme's data with some words of one file replaced."""

    def _load(scheme: str, file: str, before: str, after: str) -> SchemeData:
        folder = tmp_path / "data"
        with resources.as_file(resources.files("insurer.schemes").joinpath("data")) as whole:
            shutil.copytree(whole, folder)
        place = folder / file
        text = place.read_text(encoding="utf-8")
        assert before in text
        place.write_text(text.replace(before, after, 1), encoding="utf-8")
        return load_scheme(scheme, folder)

    return _load


def test_the_data_of_the_package_loads_unchanged(load: Load) -> None:
    assert load(XINBEI, "readings.toml", "status", "status") == scheme_data(XINBEI)


@pytest.mark.parametrize(
    ("scheme", "file", "before", "after", "words"),
    [
        (
            XINBEI,
            "changzhou_xinbei/parameters.toml",
            "until = 2025-01-01",
            "until = 2024-12-01",
            [
                "changzhou_xinbei/parameters.toml",
                "other_covered_annual_limit",
                "第 3 行",
                "2024-12-01 至 2024-12-31",
            ],
        ),
        (
            XINBEI,
            "changzhou_xinbei/parameters.toml",
            "until = 2025-01-01",
            "until = 2025-02-01",
            ["other_covered_annual_limit", "第 3 行", "2025-01-01 有两个取值"],
        ),
        (
            XINBEI,
            "changzhou_xinbei/parameters.toml",
            'value = "5000.00", from = 2019-01-01',
            'value = "5000.00", from = 2019-01-02',
            ["unit_price_threshold", "第 1 行", "2019-01-01 至 2019-01-01 没有取值"],
        ),
        (
            XINBEI,
            "changzhou_xinbei/parameters.toml",
            'value = "5000.00", from = 2019-01-01',
            'value = "5000.00", from = 2019-01-01, until = 2030-01-01',
            ["unit_price_threshold", "第 1 行", "2030-01-01 起没有取值"],
        ),
        (
            XINBEI,
            "changzhou_xinbei/parameters.toml",
            'value = "5000.00", from = 2019-01-01',
            'value = "5000.00", from = 2019-01-01, until = 2018-01-01',
            ["unit_price_threshold", "开始之前就结束"],
        ),
        (
            XINBEI,
            "changzhou_xinbei/parameters.toml",
            '"5000.00"',
            "5000.00",
            ["changzhou_xinbei/parameters.toml 第 37 行", "5000.00 是小数"],
        ),
        (
            XINBEI,
            "changzhou_xinbei/parameters.toml",
            '"5000.00"',
            '"5000.001"',
            ["unit_price_threshold", "第 1 行"],
        ),
        (XINBEI, "changzhou_xinbei/parameters.toml", 'unit = "fen"', 'unit = "yuan"', ["单位“yuan”不认识"]),
        (
            XINBEI,
            "changzhou_xinbei/parameters.toml",
            'status = "placeholder"',
            'status = "sure"',
            ["第 1 行", "来源和状态"],
        ),
        (XINBEI, "changzhou_xinbei/parameters.toml", "since = 2019-01-01", "", ["缺少 since"]),
        (XINBEI, "changzhou_xinbei/parameters.toml", "[parameter.unit", "[[parameter.unit", ["不是 TOML"]),
        (
            NANTONG,
            "nantong/parameters.toml",
            "[parameter.rate_orphan]",
            "[parameter.rate_orphans]",
            ["nantong/parameters.toml", "人员类别“orphan”没有比例", "[parameter.rate_orphan]"],
        ),
        (
            NANTONG,
            "nantong/codes.toml",
            'code = "other_special_hardship"',
            'code = "other_hardship"',
            ["nantong/parameters.toml", "人员类别“other_hardship”没有比例"],
        ),
        (
            NANTONG,
            "nantong/codes.toml",
            'code = "orphan"',
            'code = "extremely_poor"',
            ["nantong/codes.toml", "[[category]] extremely_poor", "2023-01-01 有两个取值"],
        ),
        (
            NANTONG,
            "nantong/codes.toml",
            'label = "孤儿"',
            'label = ""',
            ["nantong/codes.toml", "code 和 label"],
        ),
        (NANTONG, "codes.toml", 'code = "12"', 'code = "11"', ["codes.toml", "[[visit]] 11", "有两个取值"]),
        (
            NANTONG,
            "nantong/clauses.toml",
            'id = "NT-(二)"',
            'id = "NT-(一)"',
            ["nantong/clauses.toml", "NT-(一) 出现两次"],
        ),
        (
            XINBEI,
            "readings.toml",
            'chosen = "pro_rata"',
            'chosen = "even"',
            ["readings.toml", "unsplit_payment", "even"],
        ),
        (
            XINBEI,
            "readings.toml",
            'status = "assumed"',
            'status = "sure"',
            ["readings.toml", "class_b_first_pay", "disputed"],
        ),
        (
            XINBEI,
            "readings.toml",
            'basis = "条文写的是单价"',
            'basis = ""',
            ["price_threshold_basis", "缺少 basis"],
        ),
    ],
)
def test_what_is_wrong_in_the_data_is_refused(
    load: Load, scheme: str, file: str, before: str, after: str, words: list[str]
) -> None:
    with pytest.raises(BadPack) as refused:
        load(scheme, file, before, after)
    assert [word for word in words if word not in str(refused.value)] == []


@pytest.mark.parametrize("scheme", [XINBEI, NANTONG])
def test_every_figure_has_exactly_one_value_on_every_day(scheme: str) -> None:
    data = scheme_data(scheme)
    borders = {data.since} | {row.since for table in data.parameters.values() for row in table.rows}
    days = {day for border in borders for day in (border - 1, border, border + 1) if day >= data.since}
    for table in data.parameters.values():
        assert table.rows[-1].until == NEVER
        for day in days:
            assert sum(row.since <= day < row.until for row in table.rows) == 1, table.name


def test_every_category_has_exactly_one_rate_on_every_day() -> None:
    data = scheme_data(NANTONG)
    categories = data.codes["category"]
    assert len(categories.labels) == 13
    rates = {name for name in data.parameters if name.startswith(RATE_OF)}
    assert rates == {RATE_OF + code for code in categories.labels}
    groups = [categories.with_fact("premium", group) for group in ("full", "quota", "none")]
    assert sorted(code for group in groups for code in group) == sorted(categories.labels)


# what the recorder refuses, told with the file and line that wrote it ---------------------------------------
def _uncited(r: Rules) -> Sheet:
    return r.finish({"a": r.add("sum", "和", "", r.given("a", "甲"), r.given("b", "乙"))})


def _unknown_clause(r: Rules) -> Sheet:
    return r.finish({"a": r.add("sum", "和", "XB-九", r.given("a", "甲"), r.given("b", "乙"))})


def _float(r: Rules) -> Sheet:
    return r.finish({"a": r.share("half", "一半", "XB-三", r.given("a", "甲"), 0.5)})  # type: ignore[arg-type]


def _float_constant(r: Rules) -> Sheet:
    return r.finish({"a": r.constant("c", "常数", 0.5)})  # type: ignore[arg-type]


def _if_on_an_amount(r: Rules) -> Sheet:
    a, b = r.given("a", "甲"), r.given("b", "乙")
    return r.finish({"a": a if a else b})


def _fen_times_fen(r: Rules) -> Sheet:
    return r.finish({"a": r.share("product", "积", "XB-三", r.given("a", "甲"), r.given("b", "乙"))})


def _overflow(r: Rules) -> Sheet:
    sum_of = r.given("a", "甲")
    for turn in range(24):
        sum_of = r.add(f"doubled{turn}", "两倍", "XB-三", sum_of, sum_of)
    return r.finish({"a": sum_of})


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (_uncited, "citation ''"),
        (_unknown_clause, "XB-九"),
        (_float, "0.5 is not a recorded step"),
        (_float_constant, "cannot be 0.5"),
        (_if_on_an_amount, "no `if`"),
        (_fen_times_fen, "wants fen and a rate"),
        (_overflow, "beyond 64 bits"),
    ],
)
def test_what_is_wrong_in_a_rule_is_refused(record: Recorder, words: str) -> None:
    with pytest.raises(BadPack, match=words) as refused:
        Pack(XINBEI, {"broken": record}, ())
    assert "test_pack_files.py" in str(refused.value)
    assert "规则表 broken" in str(refused.value)
    if record is not _overflow:  # a bound belongs to a finished sheet, not to a line
        assert (
            f"第 {record.__code__.co_firstlineno + 1} 行" in str(refused.value) or record is _if_on_an_amount
        )


def test_a_broken_file_reaches_nobody_who_records_from_it(load: Load) -> None:
    other = load(XINBEI, "changzhou_xinbei/parameters.toml", '"0.50"', '"0.60"')
    changed = Pack(XINBEI, changzhou_xinbei_claim.RECORDERS, (), other)
    assert changed.hash != changzhou_xinbei_claim.pack(()).hash
    assert changed.parameters["other_covered_rate"].rows[0].value == (3, 5)
