"""Herbal pieces, prescriptions, refunds, split charges and pharmacy bills."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insurer.exclusions.check import check_item, check_lines
from insurer.exclusions.editions import package_edition
from insurer.exclusions.names import fold
from insurer.schemes.line_check import BillFacts

HOSPITAL = BillFacts()


def piece(name: str, **more: Any) -> dict[str, Any]:
    return {"medins_list_name": name, "list_type": "102", "med_chrgitm_type": "10", **more}


def implant(number: str, price: str, count: str = "1", **more: Any) -> dict[str, Any]:
    return {
        "feedetl_sn": number,
        "medins_list_name": "钛网",
        "list_type": "301",
        "med_chrgitm_type": "08",
        "chrgitm_lv": "03",
        "pric": price,
        "cnt": count,
        **more,
    }


def decisions(lines: list[dict[str, Any]], bill: BillFacts = HOSPITAL) -> list[str]:
    return [verdict.decision for verdict in check_lines(lines, bill)]


def test_the_national_list_is_complete() -> None:
    newest = package_edition().herbs_on(None)
    assert newest is not None
    standings = [one.standing for one in newest.by_code.values()]
    assert (standings.count("never"), standings.count("single")) == (37, 116)
    assert newest.status == "published"


def test_every_listed_piece_is_known_by_name_and_by_code() -> None:
    newest = package_edition().herbs_on(None)
    assert newest is not None
    for code, listed in newest.by_code.items():
        by_name = newest.find((fold(listed.listed),), "")
        assert by_name is not None and by_name.standing == listed.standing, listed
        assert check_item(piece("某饮片", med_list_codg=code)).decision == (
            "excluded" if listed.standing == "never" else "review"
        )


def test_a_claim_of_earlier_date_uses_the_list_of_its_date() -> None:
    early, late = package_edition().herbs_on(date(2026, 5, 10)), package_edition().herbs_on(date(2026, 5, 11))
    assert early is not None and early.status == "placeholder"
    assert late is not None and late.status == "published"
    assert package_edition().herbs_on(date(2020, 12, 31)) is None
    assert len(package_edition().herb_lists) == 2
    verdict = check_item(piece("鹿茸片"), BillFacts(on=date(2022, 6, 1)))
    assert verdict.decision == "excluded" and "待主管部门确认" in verdict.because


@pytest.mark.parametrize(
    "name",
    [
        "阿胶",
        "东阿阿胶(烊化)",
        "酒制紫河车",
        "西洋参片",
        "花旗参",
        "藏红花",
        "鹿茸(切片)",
        "炮山甲",
        "煅珊瑚",
        "羚羊角粉",
        "鹿鞭",
        "猪骨",
        "海狗肾",
        "虫草",
        "高丽参",
        "野山参",
        "[自费]西洋参",
        "特级冬虫夏草",
        "牛黄",
        "鲜铁皮石斛",
    ],
)
def test_a_never_payable_piece_is_excluded_in_any_writing(name: str) -> None:
    verdict = check_item(piece(name))
    assert (verdict.decision, verdict.code, verdict.clause) == ("excluded", "nonpayable_herb", "XB-二(二)9")


@pytest.mark.parametrize(
    ("day", "decision"), [(date(2026, 5, 10), "review"), (date(2026, 5, 11), "excluded"), (None, "excluded")]
)
def test_a_class_b_mark_overturns_only_a_list_that_waits_to_be_confirmed(
    day: date | None, decision: str
) -> None:
    assert check_item(piece("阿胶", chrgitm_lv="02"), BillFacts(on=day)).decision == decision


@pytest.mark.parametrize("name", ["某堂阿胶", "极品冬虫夏草王", "鹿茸血酒片", "雪蛤制品"])
def test_an_unknown_name_with_the_word_of_a_never_payable_piece_is_asked(name: str) -> None:
    assert check_item(piece(name)).decision == "review"


@pytest.mark.parametrize("name", ["麝香草", "雪莲果", "鹿茸草", "珍珠母", "牛黄草"])
def test_a_plant_that_only_sounds_like_one_is_covered(name: str) -> None:
    assert check_item(piece(name)).decision == "covered"


@pytest.mark.parametrize(
    "name",
    [
        "福牌阿胶",
        "伊朗藏红花",
        "东阿镇阿胶丁",
        "加拿大西洋参片",
        "那曲冬虫夏草",
        "白蜂蜜",
        "西洋蔘",
        "藏紅花",
    ],
)
def test_a_brand_or_an_origin_leaves_a_piece_what_it_is(name: str) -> None:
    assert check_item(piece(name)).decision == "excluded"


def test_a_heading_instead_of_a_piece_is_asked() -> None:
    assert [check_item(piece(one)).decision for one in ("中药饮片", "草药(9剂)", "甘草")] == [
        "review",
        "review",
        "covered",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "珍珠母",
        "鸡内金",
        "炒鸡内金",
        "狗脊",
        "牛膝",
        "马钱子",
        "红花",
        "水牛角",
        "白花蛇舌草",
        "野菊花",
        "土茯苓(小包装)",
        "鹿角",
        "陈皮炭",
        "浙贝母",
    ],
)
def test_a_piece_with_a_similar_name_is_covered(name: str) -> None:
    assert check_item(piece(name)).decision == "covered"


@pytest.mark.parametrize(
    "name", ["人工牛黄", "牛黄(人工)", "犀角", "雪莲花", "阿胶珠", "西洋参配方颗粒", "人参", "炒山药"]
)
def test_a_doubtful_piece_is_asked(name: str) -> None:
    assert check_item(piece(name)).decision == "review"


def test_a_medicine_that_contains_a_piece_is_covered() -> None:
    for name in ("复方阿胶浆", "牛黄清心丸", "灵芝胶囊", "黄芪注射液"):
        assert check_item({"medins_list_name": name, "list_type": "101"}).decision == "covered"


def test_a_never_payable_name_with_the_code_of_another_piece_is_asked() -> None:
    assert check_item(piece("珍珠", med_list_codg="T001400999")).decision == "review"
    assert check_item(piece("阿胶珠", med_list_codg="T001700233")).decision == "review"


def test_a_single_listed_piece_in_company_is_covered() -> None:
    lines = [
        piece("当归", rx_drord_no="r1"),
        piece("白芍", rx_drord_no="r1"),
        piece("黄芪", rx_drord_no="r1"),
    ]
    assert decisions(lines) == ["covered", "covered", "covered"]


def test_a_single_listed_piece_alone_in_its_prescription_is_excluded() -> None:
    assert decisions([piece("当归", rx_drord_no="r1")]) == ["excluded"]


def test_a_prescription_of_listed_pieces_only_is_excluded() -> None:
    assert decisions([piece("当归", rx_drord_no="r1"), piece("黄芪", rx_drord_no="r1")]) == [
        "excluded",
        "excluded",
    ]


def test_a_single_listed_piece_without_prescription_is_asked() -> None:
    assert decisions([piece("当归"), piece("白芍")])[0] == "review"
    assert check_item(piece("当归", rx_drord_no="r1")).decision == "review"


def test_numbers_that_differ_on_every_line_are_orders_and_not_prescriptions() -> None:
    lines = [piece("当归", rx_drord_no="1"), piece("白芍", rx_drord_no="2"), piece("黄芪", rx_drord_no="3")]
    assert decisions(lines) == ["review", "covered", "review"]


def test_refunded_company_is_no_company() -> None:
    lines = [
        piece("当归", rx_drord_no="r1", feedetl_sn="1", cnt="10"),
        piece("白芍", rx_drord_no="r1", feedetl_sn="2", cnt="10"),
        piece("白芍", rx_drord_no="r1", feedetl_sn="3", cnt="-10", init_feedetl_sn="2"),
    ]
    assert decisions(lines) == ["excluded", "covered", "covered"]


def test_a_full_refund_cancels_the_exclusion_of_its_original() -> None:
    assert decisions([implant("1", "8000"), implant("2", "8000", "-1", init_feedetl_sn="1")]) == [
        "covered",
        "covered",
    ]


def test_a_part_refund_shares_the_verdict_of_its_original() -> None:
    assert (
        decisions([implant("1", "8000", "2"), implant("2", "8000", "-1", init_feedetl_sn="1")])
        == ["excluded"] * 2
    )


def test_a_refund_without_reference_finds_its_original_by_item_and_price() -> None:
    lines = [implant("1", "300"), implant("2", "8000"), implant("3", "8000", "-1")]
    assert decisions(lines) == ["covered", "covered", "covered"]


def test_a_line_with_count_zero_and_no_refund_is_judged_like_any_other() -> None:
    assert decisions([implant("1", "8000", "0"), implant("2", "300")]) == ["excluded", "covered"]


def test_a_refund_of_another_bill_is_judged_by_itself() -> None:
    assert decisions([implant("9", "8000", "-1", init_feedetl_sn="77")]) == ["excluded"]


def test_the_line_basis_uses_the_amount_left_after_refunds() -> None:
    bill = BillFacts(readings={"price_threshold_basis": "line"})
    lines = [implant("1", "2000", "3"), implant("2", "2000", "-1", init_feedetl_sn="1")]
    assert decisions(lines[:1], bill) == ["excluded"]
    assert decisions(lines, bill) == ["covered", "covered"]


def test_an_item_charged_in_several_lines_below_the_threshold_is_asked() -> None:
    day = {"fee_ocur_time": "2026-06-01 08:00:00"}
    assert decisions([implant("1", "4800", **day), implant("2", "4800", **day)]) == ["review", "review"]
    other = {"fee_ocur_time": "2026-06-02 08:00:00"}
    assert decisions([implant("1", "4800", **day), implant("2", "4800", **other)]) == ["covered", "covered"]
    assert decisions([implant("1", "290", "20"), implant("2", "290", "20")]) == ["covered", "covered"]


@pytest.mark.parametrize(
    ("listed", "dual", "decision"),
    [
        ("101", False, "excluded"),
        ("102", False, "excluded"),
        ("301", False, "excluded"),
        ("201", False, "review"),
        ("101", True, "covered"),
        ("301", True, "excluded"),
    ],
)
def test_a_pharmacy_bill_frees_only_dual_channel_drugs(listed: str, dual: bool, decision: str) -> None:
    line = {"medins_list_name": "信迪利单抗注射液", "list_type": listed}
    for bill in (
        BillFacts(med_type="41", dual_channel=dual),
        BillFacts(institution_kind="pharmacy", dual_channel=dual),
    ):
        verdict = check_lines([line], bill)[0]
        assert verdict.decision == decision
        assert (verdict.code == "retail_pharmacy") is (decision != "covered")


def test_a_verdict_comes_for_every_line_in_order() -> None:
    assert check_lines([], HOSPITAL) == []
    lines = [implant("1", "1"), piece("阿胶"), {"medins_list_name": "PET-CT"}, {"medins_list_name": None}]
    assert decisions(lines) == ["covered", "excluded", "excluded", "covered"]


@st.composite
def bills(draw: st.DrawFn) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 6))):
        count = draw(st.integers(1, 3))
        if draw(st.booleans()):
            line = implant(str(number), draw(st.sampled_from(("300", "4800", "5000", "8000"))), str(count))
        else:
            name = draw(st.sampled_from(("当归", "白芍", "阿胶", "黄芪")))
            line = piece(
                name,
                feedetl_sn=str(number),
                cnt=str(count),
                rx_drord_no=draw(st.sampled_from(("", "r1", "r2"))),
            )
        lines.append(line)
        if draw(st.booleans()):
            back = str(-draw(st.integers(1, count)))
            lines.append({**line, "feedetl_sn": f"{number}-", "cnt": back, "init_feedetl_sn": str(number)})
    return lines


@settings(deadline=None)
@given(bills(), st.randoms(use_true_random=False))
def test_verdicts_follow_the_line_and_not_its_place(lines: list[dict[str, Any]], random: Any) -> None:
    before = {
        line["feedetl_sn"]: verdict for line, verdict in zip(lines, check_lines(lines, HOSPITAL), strict=True)
    }
    shuffled = list(lines)
    random.shuffle(shuffled)
    after = {
        line["feedetl_sn"]: verdict
        for line, verdict in zip(shuffled, check_lines(shuffled, HOSPITAL), strict=True)
    }
    assert before == after
    for line in lines:
        if "init_feedetl_sn" in line:
            assert before[line["feedetl_sn"]] == before[line["init_feedetl_sn"]]
