"""Names and word lists: folding, guards, every listed word, words that merely look alike."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurer.exclusions.check import check_item
from insurer.exclusions.editions import package_edition
from insurer.exclusions.lexicon import read_list
from insurer.exclusions.names import core, fold, without_measure
from insurer.exclusions.price import CONCERNED


def decide(name: str, kind: str = "treatment", **more: object) -> tuple[str, str | None]:
    types = {
        "treatment": ("201", "05"),
        "exam": ("201", "03"),
        "lab": ("201", "04"),
        "service": ("201", "14"),
        "material": ("301", "08"),
        "drug": ("101", "09"),
        "herb": ("102", "10"),
    }
    listed, charged = types[kind]
    verdict = check_item({"medins_list_name": name, "list_type": listed, "med_chrgitm_type": charged, **more})
    return verdict.decision, verdict.code


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＰＥＴ－ＣＴ", "pet ct"),
        ("膠囊 內鏡", "胶囊内镜"),
        ("胶曩内镜", "胶囊内镜"),
        ("（姜）半夏", "姜|半夏"),
        ("儿科-阿胶", "儿科|阿胶"),
        ("Ｘ－刀", "x刀"),
        ("显象", "显像"),
        ("O K 镜", "ok镜"),
        ("國際醫療中心診療費", "国际医疗中心诊疗费"),
        ("紫河車、鹿葺", "紫河车|鹿茸"),
        ("", ""),
    ],
)
def test_folding_brings_writings_together(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text(alphabet="特需胶囊镜供肝术阿胶PETct18 -－（）()、/★*·", max_size=20))
def test_folding_a_folded_name_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_counts_and_remarks_come_off_a_name() -> None:
    assert without_measure(fold("阿胶10g×3袋")) == "阿胶"
    assert without_measure(fold("10g阿胶")) == "阿胶"
    assert core(fold("[自费]检查费(300元)")) == ("检查费",)


def test_every_list_says_where_it_comes_from_and_since_when() -> None:
    for one in package_edition().word_lists:
        assert one.source and one.status in ("published", "placeholder")
        assert one.holds_on(None) and one.holds_on(one.valid_from)
        assert not one.holds_on(date(2018, 12, 31))


def test_a_list_is_in_force_on_its_first_day_and_not_on_its_last() -> None:
    one = read_list(
        {
            "source": "s",
            "status": "published",
            "valid_from": date(2024, 1, 1),
            "valid_to": date(2025, 1, 1),
            "concept": [{"name": "n", "decision": "review", "terms": ["特需"]}],
        },
        "dated",
    )
    assert one.holds_on(date(2024, 1, 1)) and not one.holds_on(date(2025, 1, 1)) and not one.holds_on(None)


def test_a_word_that_is_term_and_guard_is_refused() -> None:
    document = {
        "source": "s",
        "status": "published",
        "valid_from": date(2024, 1, 1),
        "concept": [{"name": "n", "decision": "review", "terms": ["特需"]}],
        "guards": ["特需"],
    }
    with pytest.raises(ValueError, match="特需"):
        read_list(document, "clash")


def test_every_listed_word_alone_is_never_simply_covered() -> None:
    lexicon = package_edition().on(None).lexicon
    for one in package_edition().word_lists:
        for term, concepts in one.terms.items():
            for concept in concepts:
                if concept.needs or concept.softened_by or concept.cleared_by:
                    continue
                kind = next(iter(concept.kinds), "service")
                decisions = {hit.decision for hit in lexicon.hits(fold(term), kind)}
                assert concept.decision in decisions, (one.list_id, term)


def test_every_listed_word_is_written_as_folding_writes_it() -> None:
    for one in package_edition().word_lists:
        for term in one.terms:
            assert fold(term) == term or "|" in term, (one.list_id, term)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("染色体检查", "lab"),
        ("支原体检查", "lab"),
        ("细菌培养生化鉴定", "lab"),
        ("苹果酸脱氢酶测定", "lab"),
        ("多种发育异常基因检测", "lab"),
        ("血管活性肠肽(VIP)测定", "lab"),
        ("SPA协同凝集试验", "lab"),
        ("剖宫产术中子宫全切术", "treatment"),
        ("γ-刀(头部)", "treatment"),
        ("糖尿病足疗程换药", "treatment"),
        ("牛奶咖啡斑激光治疗", "treatment"),
        ("减重步态训练", "treatment"),
        ("同种异体骨移植术", "treatment"),
        ("移植肾穿刺活检术", "treatment"),
        ("供皮区换药", "treatment"),
        ("电视腹腔镜胆囊切除术", "treatment"),
        ("质子密度加权成像", "exam"),
        ("近视力检查", "exam"),
        ("钡餐透视", "exam"),
        ("颅内压增高监测", "exam"),
        ("药物包被球囊", "material"),
        ("人工心脏瓣膜", "material"),
        ("特级护理", "service"),
        ("无陪护", "service"),
        ("抗眼镜蛇毒血清", "drug"),
        ("质子泵抑制剂", "drug"),
        ("他克莫司胶囊", "drug"),
    ],
)
def test_a_name_that_merely_contains_a_word_is_covered(name: str, kind: str) -> None:
    assert decide(name, kind) == ("covered", None)


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("供体肾", "material", "transplant_source"),
        ("肾源费", "material", "transplant_source"),
        ("活体供肝切取术", "treatment", "transplant_source"),
        ("异基因造血干细胞采集(供者)", "treatment", "transplant_source"),
        ("同种异体心脏瓣膜", "material", "transplant_source"),
        ("无关供者造血干细胞使用费", "material", "transplant_source"),
        ("腹腔镜下活体取肾术(供者)", "treatment", "transplant_source"),
        ("硼中子俘获治疗", "treatment", "new_expensive"),
        ("VIP病房", "service", "special_service"),
        ("家属陪护费", "service", "special_service"),
        ("病员伙食费", "service", "special_service"),
        ("驾驶员体检", "exam", "unrelated"),
        ("全飞秒激光近视矫正", "treatment", "unrelated"),
        ("九价HPV疫苗", "drug", "unrelated"),
        ("尸体料理", "service", "unrelated"),
    ],
)
def test_a_certain_name_is_excluded_with_its_code(name: str, kind: str, code: str) -> None:
    assert decide(name, kind) == ("excluded", code)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("脐带血造血干细胞", "material"),
        ("骨髓采集术", "treatment"),
        ("自体脐带血回输", "material"),
        ("外伤美容修复", "treatment"),
        ("单人间床位费", "service"),
        ("远程会诊", "service"),
        ("检查费", "service"),
        ("合计", "service"),
        ("保健食品", "drug"),
        ("进口自备药品", "drug"),
        ("院内制剂", "drug"),
        ("狂犬疫苗", "drug"),
        ("质子治疗", "treatment"),
    ],
)
def test_a_name_with_two_meanings_is_asked(name: str, kind: str) -> None:
    assert decide(name, kind)[0] == "review"


def test_a_negated_word_does_not_count() -> None:
    assert decide("普通门诊(非特需)", "service") == ("covered", None)


def test_a_word_of_an_exclusion_only_asks_on_a_drug_line() -> None:
    assert decide("美白祛斑霜", "drug")[0] == "review"


def test_the_catalogue_name_explains_the_hospital_name() -> None:
    assert decide("VIP", "lab", hilist_name="血管活性肠肽测定") == ("covered", None)
    assert decide("检查费", "exam", hilist_name="X线计算机体层(CT)平扫") == ("covered", None)
    assert decide("全身显像", "exam", hilist_name="PET-CT显像")[0] == "excluded"


def test_a_level_cannot_turn_a_special_service_into_a_covered_one() -> None:
    assert decide("单人间特需病房", "service", chrgitm_lv="01") == ("excluded", "special_service")


def test_the_four_kinds_of_the_threshold_are_those_of_the_policy() -> None:
    assert frozenset({"exam", "lab", "treatment", "material"}) == CONCERNED
