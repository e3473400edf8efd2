"""The calculation page of the example case, with a derivation open and with the judging of a line."""

from dataclasses import replace

from insurer.worklists.views import calculation as calc
from insurer.worklists.views.elements import Choice, Link
from tests.browser.examples.shell import CASE, at, bar

HREF = f"/cases/{CASE}"
BILL = Link("结算单", f"{HREF}/documents?paper=5")


def _amount(fen: int, key: str = "x") -> calc.Amount:
    return calc.Amount(fen, key)


_PAYERS = (
    ("医疗总费用", "", "", "total", 0, 1000, 6087937, None, BILL, True),
    ("基本医疗保险", "已付", "check", "upstream", 556, 444, 2700000, 3387937, BILL, False),
    ("大病保险", "未达起付", "check", "tick", 556, 0, 0, 3387937, BILL, False),
    ("医疗救助", "已付", "check", "upstream", 359, 197, 1200000, 2187937, BILL, False),
    ("惠民保", "已付", "check", "upstream", 294, 65, 400000, 1787937, Link("决定书", "?p=7"), False),
    ("慈善救助", "没有申请", "check", "tick", 294, 0, 0, 1787937, Link("声明", "?p=1"), False),
    ("本保险给付", "暂算", "half", "ours", 120, 174, 1059295, 728642, Link("本页"), True),
    ("个人最后负担", "", "", "rest", 0, 120, 728642, None, None, True),
)
DERIVATION = calc.Derivation(
    key="other_benefit",
    word="其他可赔费用的给付",
    amount=254678,
    formula="(6,233.10 − 1,139.54) × 50%",
    result="2,546.78",
    steps=(
        calc.Step("其他可赔的个人负担", "6,233.10", "433.10 + 11,600.00 − 5,800.00"),
        calc.Step("三类个人负担合计", "21,879.37", "9,846.27 + 6,233.10 + 5,800.00"),
        calc.Step("惠民保分到这一类", "1,139.54", "4,000.00 × 6,233.10 ÷ 21,879.37", "1,139.5392…"),
        calc.Step("扣掉以后剩下", "5,093.56", "6,233.10 − 1,139.54"),
        calc.Step("按 50% 给付", "2,546.78", "5,093.56 × 50%", strong=True),
        calc.Step("年度限额：6,420.00 + 2,546.78 ≤ 20,000.00", "不受限"),
    ),
    inputs=(
        ("超限价自付 433.10，全自费 11,600.00", Link("结算单 第1页", "?p=5")),
        ("不予支付 5,800.00", Link("明细第 41 行", "#line-41")),
        ("年度限额 20,000.00", Link("2026 参数", "#")),
    ),
    clause="三、保障标准：保障范围内的其他个人自付医疗费用按一半给付，一年有限额。",
    clause_source="常开委办〔2021〕143号",
    readings=(("C3", "超限价部分归入 50%"), ("C4", "没写拆分的，按三类个人负担的比例分")),
    readings_by="区人社局 2025年12月26日书面确认",
    rounding="四舍五入到分，每个金额只舍入一次。这里舍入过第 3 步。",
    version="XB-2026.1",
    computed_at=at("2026-11-18T01:40:00"),
    agrees=True,
    close_href=f"{HREF}/calculation",
)
CALCULATION = calc.CalculationPage(
    bar=bar("核算"),
    settlement="SETL20261015088213",
    payers=tuple(
        calc.PayerRow(
            word,
            state,
            shape,
            kind,
            start,
            width,
            _amount(fen, f"p{start}{fen}"),
            left,
            proof,
            strong,  # type: ignore[arg-type]
        )
        for word, state, shape, kind, start, width, fen, left, proof, strong in _PAYERS
    ),
    classes=(
        calc.ClassRow(
            "目录内（甲、乙类）", _amount(984627), _amount(180010), _amount(804617), "100%", _amount(804617)
        ),
        calc.ClassRow(
            "其他可赔",
            _amount(623310),
            _amount(113954),
            _amount(509356),
            "50%",
            _amount(254678, "other_benefit"),
        ),
        calc.ClassRow("不予支付", _amount(580000), _amount(106036), _amount(473964), "不赔", _amount(0, "")),
    ),
    class_total=(2187937, 400000, 1787937, 1059295),
    later_word="惠民保分摊",
    lines_total=128,
    lines_sum=6087937,
    lines_agree=True,
    groups=(
        calc.FeeGroup(
            "excluded",
            "不予支付",
            ("1 行",),
            580000,
            (
                calc.FeeRow(
                    "41",
                    "可降解硬膜补片",
                    ("特殊医用材料", "目录外"),
                    580000,
                    "1",
                    "目录外材料，单价 5,800.00 元，达到 5,000 元",
                    Link("二（二）4", "#"),
                    "读法 B4“以上”含本数",
                    _amount(580000, "line41"),
                    (Link("改判", "?line=41"),),
                    judge_href="?line=41",
                    line_id="b1c7d0d2-0041",
                    reported=True,
                ),
            ),
        ),
        calc.FeeGroup(
            "review",
            "待核",
            ("1 行，现按可赔计入",),
            580000,
            (
                calc.FeeRow(
                    "87",
                    "体外冲击波治疗",
                    ("治疗", "目录外"),
                    29000,
                    "20",
                    "14 天收 20 次，疑似拆分收费",
                    Link("二（二）4", "#"),
                    "若不赔，应付改为 8,223.13（少 2,369.82）",
                    _amount(580000, "line87"),
                    judge_href="?line=87",
                    open_question=True,
                    line_id="b1c7d0d2-0087",
                ),
            ),
        ),
        calc.FeeGroup(
            "covered",
            "可赔",
            ("126 行", "目录内 124 行，超限价 2 行"),
            4927937,
            (),
            True,
            "?lines=all#group-covered",
        ),
    ),
    categories=calc.Reconciliation(
        rows=(
            calc.CategoryRow("治疗费", 21, 1_240_000, 1_240_000),
            calc.CategoryRow("材料费", 6, 986_000, 984_000),
            calc.CategoryRow("西药费", 101, 3_861_937, 3_861_937),
        ),
        source="结算清单",
        differing=1,
        amount=6_087_937,
        billed=6_085_937,
    ),
    report_action=f"{HREF}/report",
    limit=calc.YearLimit(2000000, _amount(642000, "used"), _amount(254678, "other_benefit"), 1103322),
    derivation=DERIVATION,
    blocked="第 87 行待核。判定后金额才算数。",
    blocked_link=Link("去第 87 行", "#line-87"),
)

JUDGING = replace(
    CALCULATION,
    derivation=None,
    judging=calc.Judging(
        line="87",
        item="体外冲击波治疗",
        amount=580000,
        because="14 天收 20 次，疑似拆分收费。",
        clause="二（二）4",
        choices=(
            Choice("covered", "可赔", True),
            Choice("new_expensive", "不赔：点名的新型昂贵项目"),
            Choice("unrelated", "不赔：与疾病诊疗无关"),
        ),
        suggestions=(
            Choice("已核对目录，属甲、乙类", "已核对目录，属甲、乙类", True),
            Choice("按收费单位，单价不到 5,000 元", "按收费单位，单价不到 5,000 元"),
        ),
        reason="",
        may_report=True,
        action=f"{HREF}/findings",
        line_id="b1c7d0d2-0087",
        version="7",
        close_href="?#line-87",
    ),
)
