"""Items the policy names, price chapters, and the threshold of 5 000 yuan with its readings."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.exclusions.check import check_item, check_lines
from insurer.exclusions.named_items import chapter_of
from insurer.exclusions.price import level_of
from insurer.exclusions.reading import read_line
from insurer.kernel.errors import Invalid
from insurer.schemes.line_check import BillFacts, LineVerdict

EXAM = {"list_type": "201", "med_chrgitm_type": "03", "chrgitm_lv": "03"}
MATERIAL = {"list_type": "301", "med_chrgitm_type": "08", "chrgitm_lv": "03", "medins_list_name": "钛网"}


def named(name: str, **more: object) -> LineVerdict:
    return check_item({**EXAM, "medins_list_name": name, **more})


@pytest.mark.parametrize(
    "name",
    [
        "PET-CT",
        "PETCT",
        "pet ct",
        "ＰＥＴ／ＣＴ",
        "PET_CT",
        "PET一CT",
        "P E T - C T",
        "18F-FDG PET/CT全身显像",
        "派特CT",
        "正电子发射断层－X线计算机断层组合扫描",
        "PET全身显像",
        "胶囊胃镜",
        "磁控胶囊",
        "胶囊式内窥镜",
        "OMOM",
        "胶囊(内镜)检查",
    ],
)
def test_a_named_item_is_excluded_however_it_is_written(name: str) -> None:
    verdict = named(name)
    assert (verdict.decision, verdict.code, verdict.clause) == ("excluded", "new_expensive", "XB-二(二)4")


@pytest.mark.parametrize(
    "name", ["SPECT/CT断层融合显像", "PETHEMA方案化疗", "胆囊镜检查", "增强CT", "胶囊剪", "宫腔镜"]
)
def test_a_look_alike_of_a_named_item_is_covered(name: str) -> None:
    assert named(name).decision == "covered"


def test_pet_as_a_plastic_is_covered() -> None:
    assert check_item({**MATERIAL, "medins_list_name": "PET输液软袋"}).decision == "covered"


@pytest.mark.parametrize("name", ["18F-FDG显像剂", "PET-MR全身", "18氟－脱氧葡萄糖断层显象"])
def test_a_tracer_or_another_machine_is_asked(name: str) -> None:
    assert named(name).decision == "review"


def test_a_named_item_below_the_threshold_follows_the_reading() -> None:
    bill = BillFacts(readings={"named_items": "at_threshold_only"})
    line = {**EXAM, "medins_list_name": "胶囊内镜检查", "pric": "2980.00"}
    assert check_item(line).decision == "excluded"
    assert check_item(line, bill).decision == "covered"
    assert check_item({**line, "pric": "5000.00"}, bill).decision == "excluded"
    assert check_item({**line, "pric": None}, bill).decision == "review"


def test_a_chapter_is_read_from_national_and_local_codes() -> None:
    national, local = chapter_of("002304000070000"), chapter_of("ZL:230400008")
    assert national is not None and national.prefix == "2304" and national.national
    assert local is not None and local.prefix == "2304" and not local.national
    assert chapter_of("XL02BBA326A001010102180") is None and chapter_of("") is None


def test_the_positron_chapter_decides_by_national_code_and_asks_by_local_code() -> None:
    assert named("脑血流断层显象", med_list_codg="002304000030000").decision == "excluded"
    assert named("脑血流断层显象", med_list_codg="ZL:230400003").decision == "review"
    assert named("肿瘤全身断层显象", med_list_codg="ZL:230400008").decision == "excluded"
    assert named("脏器断层显像", med_list_codg="ZL:230300007").decision == "covered"


def test_a_local_code_of_nine_digits_is_not_compared_with_the_national_list() -> None:
    assert named("肝移植术", med_list_codg="331000179", med_chrgitm_type="05").decision == "covered"


@given(
    st.decimals(min_value=Decimal("0.01"), max_value=Decimal("99999.99"), places=2),
    st.sampled_from(("03", "04", "05", "08")),
)
def test_the_threshold_includes_5000_exactly(price: Decimal, kind: str) -> None:
    line = {
        "medins_list_name": "某项目",
        "list_type": "201",
        "med_chrgitm_type": kind,
        "chrgitm_lv": "03",
        "pric": str(price),
    }
    verdict = check_item(line)
    assert verdict.decision == ("excluded" if price >= 5000 else "covered")
    if price >= 5000:
        assert verdict.code == "unit_price_threshold" and "5,000.00 元" in verdict.because


@pytest.mark.parametrize(
    ("change", "decision"),
    [
        ({"pric": "4999.999999"}, "covered"),
        ({"pric": "5000.000000"}, "excluded"),
        ({"pric": "290.00", "cnt": "20", "det_item_fee_sumamt": "5800.00"}, "covered"),
        ({"pric": None, "cnt": "2", "det_item_fee_sumamt": "10000.00"}, "excluded"),
        ({"pric": "9000", "chrgitm_lv": "02"}, "covered"),
        ({"pric": "9000", "chrgitm_lv": "自费"}, "excluded"),
        ({"pric": "9000", "chrgitm_lv": None}, "review"),
        ({"pric": "9000", "chrgitm_lv": "C类服务"}, "review"),
        ({"pric": "9000", "list_type": "201", "med_chrgitm_type": "06"}, "review"),
        ({"pric": "9000", "list_type": "201", "med_chrgitm_type": "08"}, "excluded"),
        ({"pric": "9000", "list_type": None, "med_chrgitm_type": None}, "review"),
        ({"pric": "9000", "list_type": "101", "med_chrgitm_type": "09"}, "covered"),
        ({"pric": "9000", "list_type": "101", "med_chrgitm_type": "09", "chrgitm_lv": None}, "covered"),
        ({"pric": "九千"}, "review"),
        ({"pric": 9000}, "excluded"),
        ({"pric": "-9000", "cnt": "-1"}, "excluded"),
        ({"pric": None}, "covered"),
    ],
)
def test_price_level_and_kind_decide_together(change: dict[str, object], decision: str) -> None:
    assert check_item({**MATERIAL, "pric": "5000", **change}).decision == decision


def test_the_readings_of_the_threshold_are_followed() -> None:
    line = {**MATERIAL, "pric": "1250.00", "cnt": "5", "det_item_fee_sumamt": "6250.00"}
    drug = {"medins_list_name": "某药", "list_type": "101", "chrgitm_lv": "03", "pric": "6800.00"}
    assert check_item(line, BillFacts(readings={"price_threshold_basis": "line"})).decision == "excluded"
    assert (
        check_item(
            {**line, "pric": "5000"}, BillFacts(readings={"price_threshold_inclusive": "false"})
        ).decision
        == "covered"
    )
    assert (
        check_item(drug, BillFacts(readings={"price_threshold_types": "all_including_drugs"})).decision
        == "excluded"
    )
    assert check_item(line, BillFacts(parameters={"unit_price_threshold": "1250.00"})).decision == "excluded"


def test_a_reading_or_threshold_that_cannot_be_read_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as reading:
        check_lines([MATERIAL], BillFacts(readings={"price_threshold_basis": "day"}))
    assert reading.value.problems[0].field == "readings.price_threshold_basis"
    with pytest.raises(Invalid) as amount:
        check_lines([MATERIAL], BillFacts(parameters={"unit_price_threshold": "many"}))
    assert amount.value.problems[0].field == "parameters.unit_price_threshold"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ({"list_type": "102"}, "herb"),
        ({"med_chrgitm_type": "8"}, "material"),
        ({"list_type": 301, "med_chrgitm_type": "09"}, "material"),
        ({"list_type": "201"}, "service"),
        ({}, ""),
    ],
)
def test_the_kind_of_a_line_comes_from_list_type_first(line: dict[str, object], kind: str) -> None:
    assert read_line(line).kind == kind


def test_a_hospitals_own_code_is_no_national_one_and_its_chapter_still_counts() -> None:
    line = {"medins_list_name": "脑代谢断层显象", "list_type": "201", "med_chrgitm_type": "03"}
    for field in ("med_list_codg", "hilist_code", "medins_list_codg"):
        found = read_line({**line, field: "ZL:230400004"})
        assert (found.code, found.chapter and found.chapter.prefix) == ("", "2304")
    assert read_line({**line, "med_list_codg": "ZA07AAA0061010100166"}).of_drug
    assert not read_line({**line, "med_list_codg": "ZL:10763"}).of_drug


@pytest.mark.parametrize(
    ("level", "meaning"), [("1", "in"), ("乙类", "in"), ("丙", "out"), ("３", "out"), ("", ""), (None, "")]
)
def test_a_level_is_understood_in_its_usual_writings(level: str | None, meaning: str) -> None:
    assert level_of(level) == meaning


def test_an_amount_over_the_threshold_without_price_and_count_is_for_a_person() -> None:
    line = {"medins_list_name": "目录外材料甲", "list_type": "301", "chrgitm_lv": "03"}
    asked = check_item({**line, "det_item_fee_sumamt": "6000.00"})
    assert (asked.decision, asked.code) == ("review", "unit_price_threshold")
    assert check_item({**line, "det_item_fee_sumamt": "4999.99"}).decision == "covered"
    assert check_item({**line, "det_item_fee_sumamt": "6000.00", "cnt": "2"}).decision == "covered"


@pytest.mark.parametrize(
    ("name", "decision"),
    [
        ("胶囊机器人胃部检查", "excluded"),
        ("无线消化道内镜(吞服式胶囊)", "excluded"),
        ("吞咽式胶囊照相检查", "excluded"),
        ("OMOM智能胶囊", "excluded"),
        ("胶囊内镜定位仪使用费", "review"),
        ("外院PET-CT片会诊", "review"),
        ("PET-CT光盘刻录", "review"),
        ("Bravo胶囊无线pH监测", "covered"),
        ("13C尿素呼气检测(胶囊法)", "covered"),
        ("吞服式海绵胶囊食管细胞采样", "covered"),
        ("磁共振类PET检查", "covered"),
        ("孕中子痫前期风险筛查", "covered"),
        ("锎-252中子腔内后装治疗", "excluded"),
    ],
)
def test_a_named_item_is_known_by_what_it_is(name: str, decision: str) -> None:
    line = {"medins_list_name": name, "list_type": "201", "med_chrgitm_type": "03"}
    assert check_item(line).decision == decision
