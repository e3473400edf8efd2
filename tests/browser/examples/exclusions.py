"""Examples of 除外清单; all names and decisions are invented."""

from datetime import date

from insurer.worklists.views import exclusions as view
from insurer.worklists.views.elements import Choice, Link, Moment, Paging, Tag, Trouble, ViewTab
from tests.browser.examples.shell import at

TABS = (
    ViewTab("清单", "/exclusions", None, True),
    ViewTab("等批准", "/exclusions/changes", 1),
    ViewTab("报上来的", "/exclusions/reports", 2),
    ViewTab("历史", "/exclusions/history"),
)
SOURCE = "常开委办〔2021〕143号 二（二）6；词表按概念编写"

LISTS = view.ListsPage(
    TABS,
    (
        view.ListRow(
            "特需服务", "/exclusions/special", "二（二）6", 578, SOURCE, "已公布", date(2021, 1, 1), 2, 1
        ),
        view.ListRow(
            "不予支付的中药饮片",
            "/exclusions/herbs",
            "二（二）9",
            3628,
            "名单须由主管部门提供",
            "占位，待主管部门确认",
            date(2021, 1, 1),
            0,
            0,
        ),
    ),
    "651a663a1684",
    "/exclusions/propose",
)

ONE_LIST = view.ListPage(
    tabs=TABS,
    word="特需服务",
    note="已公布，2021-01-01 起",
    action="/exclusions/special",
    query="病房",
    answers=(Choice("excluded", "不予支付", True), Choice("review", "待核")),
    tags=(Tag("找", "病房", "/exclusions/special"),),
    clear_href="/exclusions/special",
    rows=(
        view.TermRow(
            "云端管家",
            "不予支付",
            "red",
            "特需病房的服务",
            "",
            date(2026, 12, 1),
            None,
            "还没生效",
            "区人社局 2026-11-20 函",
            Link("QD2026-0003", "/exclusions/changes/QD2026-0003"),
            "",
        ),
        view.TermRow(
            "贵宾病房",
            "不予支付",
            "red",
            "特需、贵宾、国际医疗服务",
            "遇到“检测、测定”改为待核",
            date(2021, 1, 1),
            None,
            "",
            "",
            None,
            "/exclusions/propose?kind=retire",
        ),
    ),
    paging=Paging(1, 2, 2, 50, "条"),
    source=SOURCE,
    propose_href="/exclusions/propose",
)

REPORTED = view.ReportedLine(
    "特需氧疗舱治疗",
    ("高压氧治疗", "003109050020000"),
    "不予支付",
    "red",
    "名称含“特需”，属于特需、贵宾、国际医疗服务，按特需服务不予支付。",
    "可赔",
    "是设备的名称，病历第3页有医嘱",
    "陈敏",
    at("2026-11-18 01:40"),
    Link("XB2026-001283 第 87 行", "/cases/XB2026-001283/calculation"),
)

PROPOSE = view.ProposePage(
    tabs=TABS,
    action="/exclusions/propose",
    lists=(Choice("special", "特需服务", True), Choice("herbs", "不予支付的中药饮片")),
    kinds=(Choice("add", "新增", True), Choice("retire", "停用")),
    word_answers=(Choice("excluded", "不予支付"), Choice("covered", "可赔", True)),
    herb_answers=(Choice("never", "单味、复方均不予支付"),),
    term="特需氧疗舱",
    meaning="",
    basis="",
    starts_on="2026-11-19",
    ends_on="",
    report_id="7c1d",
    report=REPORTED,
    troubles=(Trouble("basis", "没有写依据，请写文号或谁在何时确认"),),
)

CHANGE = view.ChangePage(
    tabs=TABS,
    number="QD2026-0004",
    heading="新增“特需氧疗舱”，判为可赔",
    status="等批准",
    facts=(
        ("清单", "特需服务"),
        ("它是什么", "治疗设备的名称"),
        ("依据", "区人社局 2026-11-20 函"),
        ("哪天起", "2026-11-27，按单据的结算日期，没有停止日期"),
    ),
    people=(Moment("提出", "许言", at("2026-11-18 02:10")), Moment("批准", note="等另一个人")),
    effect=view.EffectSums(3, 2, 1, 126000, ("变为可赔 3 行",)),
    effect_note="",
    cases=(
        view.AffectedCase(
            Link("XB2026-001283", "/cases/XB2026-001283/calculation"),
            "龙城中心医院",
            date(2026, 10, 15),
            "待审",
            "不动，结算在生效以前",
            (
                view.AffectedLine(
                    "87", "特需氧疗舱治疗", "不予支付", "可赔", "green", 42000, "", "/cases/XB2026-001283"
                ),
            ),
            1059295,
            1080295,
        ),
    ),
    more_cases=1,
    action="/exclusions/changes/QD2026-0004",
    hash="651a663a1684",
    may_approve=True,
    may_withdraw=False,
    refusal="",
)

HISTORY = view.ProposalsPage(
    TABS,
    "已经办完的修改",
    "还没有办完的修改。",
    (
        view.ProposalRow(
            Link("QD2026-0003", "/exclusions/changes/QD2026-0003"),
            "特需服务",
            "新增",
            "云端管家",
            "不予支付",
            date(2026, 12, 1),
            "许言",
            at("2026-11-17 02:10"),
            "已批准",
            "顾晓燕，看过影响",
            "0 行，0 件",
        ),
        view.ProposalRow(
            Link("QD2026-0002", "/exclusions/changes/QD2026-0002"),
            "特需服务",
            "停用",
            "差价",
            "",
            date(2026, 11, 20),
            "许言",
            at("2026-11-16 02:10"),
            "已退回",
            "顾晓燕，词太宽",
            "",
        ),
    ),
    Paging(1, 2, 2, 30, "条"),
    "/exclusions/propose",
)

REPORTS = view.ReportsPage(
    tabs=TABS,
    shown=(
        ViewTab("等处理", "/exclusions/reports", None, True),
        ViewTab("已处理", "/exclusions/reports?show=handled"),
    ),
    rows=(view.ReportRow(REPORTED, "/exclusions/propose?report=7c1d", "?decline=7c1d", "", None),),
    paging=Paging(1, 1, 1, 30, "条"),
    declining=REPORTED,
    decline_action="/exclusions/reports/7c1d/decline",
    close_href="/exclusions/reports",
)
