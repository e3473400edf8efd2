"""Example values of one case: the conformance case XB-03 with other dates and invented names."""

from datetime import date

from insurer.worklists.views import case, decision, documents, notices, payments
from insurer.worklists.views.elements import Choice, Link, Moment, SideRow
from tests.browser.examples.desk import NOTICES
from tests.browser.examples.shell import CASE, at, bar

HREF = f"/cases/{CASE}"
BILL = Link("结算单", f"{HREF}/documents?paper=5")


OVERVIEW = case.OverviewPage(
    bar=bar("概览"),
    facts=(
        SideRow("申请", "11月16日，镇街道代办", second=("本人到场", "材料 8 份")),
        SideRow("险种", "城乡居民医保"),
        SideRow("诊断", "不在这里显示", second=("要看请打开出院记录",)),
    ),
    settlements=(
        case.SettlementLine(
            "SETL20261015088213",
            "普通住院",
            "龙城中心医院",
            date(2026, 10, 1),
            date(2026, 10, 15),
            date(2026, 10, 15),
            6087937,
            1787937,
            1059295,
        ),
    ),
    checklist=(
        case.CheckItem("材料齐全", True, "8 份"),
        case.CheckItem("两项合计相符", True),
        case.CheckItem("费用判定", False, "第 87 行待核", f"{HREF}/calculation#line-87"),
    ),
    cover=(SideRow("2026年度", "在保", second=("2025年12月在册",), shape="check", tone="green"),),
    next_step=Link("核对 1 行待核费用", f"{HREF}/calculation#line-87"),
    next_step_note="疑似拆分收费，判定后可以送复核。",
)


def _field(name: str, label: str, value: str, note: str = "", **more: object) -> documents.EntryField:
    source = None if note else Link("结算单 第1页", f"{HREF}/documents?paper=5")
    return documents.EntryField(name, label, value, source=source, note=note, **more)  # type: ignore[arg-type]


DOCUMENTS = documents.DocumentsPage(
    bar=bar("材料", seen_by="王建国正在查看（3 分钟前）"),
    papers=tuple(
        documents.Paper(number, title, pages, state, f"?paper={number}", state == "正在看")
        for number, title, pages, state in (
            (1, "赔付申请书", 1, "已核"),
            (2, "身份证", 2, "已核"),
            (3, "住院收费票据", 1, "已核"),
            (4, "费用明细清单", 6, "已核"),
            (5, "医保结算单", 2, "正在看"),
            (6, "出院记录", 3, "未看"),
            (7, "惠民保决定书", 1, "未看"),
            (8, "社会保障卡", 1, "未看"),
        )
    ),
    sheet=documents.Sheet(
        "医保结算单",
        5,
        1,
        2,
        "/sheet.svg",
        links=(
            ("缩小", "?zoom=75"),
            ("放大", "?zoom=125"),
            ("旋转", "?turn=90"),
            ("上一份", "?paper=4"),
            ("下一份", "?paper=6"),
        ),
    ),
    groups=(
        documents.EntryGroup(
            "",
            (
                documents.EntryField(
                    "setl_id", "结算流水号", "SETL20261015088213", "text", note="未见重复", tone="green"
                ),
                documents.EntryField(
                    "med_type",
                    "医疗类别",
                    kind="choice",
                    note="险种：城乡居民",
                    choices=(Choice("21", "普通住院", True),),
                ),
                documents.EntryField(
                    "begndate",
                    "入院、出院",
                    "2026-10-01",
                    "day",
                    second=documents.EntryField("enddate", "出院", "2026-10-15", "day"),
                ),
            ),
        ),
        documents.EntryGroup(
            "费用（元）",
            (
                _field("medfee_sumamt", "医疗总费用", "60,879.37"),
                _field("inscp_scp_amt", "范围内费用", "45,000.00"),
                _field("preselfpay_amt", "乙类先行自付", "3,846.27"),
                _field("overlmt_selfpay", "超限价自付", "433.10"),
                _field(
                    "fulamt_ownpay_amt", "全自费", "11,600.00", "正在对照图上框出的格", place="840 690 150 40"
                ),
            ),
            documents.SumCheck(
                "费用四项",
                "medfee_sumamt",
                ("inscp_scp_amt", "preselfpay_amt", "overlmt_selfpay", "fulamt_ownpay_amt"),
                True,
                "45,000.00 + 3,846.27 + 433.10 + 11,600.00 = 60,879.37",
            ),
        ),
        documents.EntryGroup(
            "谁已付（元）",
            (
                _field("hifp_pay", "基本医疗统筹", "27,000.00"),
                _field("hifmi_pay", "大病保险", "0.00"),
                _field("maf_pay", "医疗救助", "12,000.00"),
            ),
        ),
    ),
    agreement="两项合计相符",
    saved_at=at("2026-11-18T01:38:00"),
    version="3",
    save_href=f"{HREF}/documents",
    upload_href=f"{HREF}/documents/new",
)

DECISION = decision.DecisionPage(
    bar=bar("决定", "待复核", "拟付", actions=(Link("看核算单", f"{HREF}/calculation"),)),
    heading="复核并决定",
    lead="核对下面四项，再选结论",
    people=(
        Moment("录入", "陈敏", at("2026-11-16T02:02:00")),
        Moment("初审", "李文静", at("2026-11-18T01:51:00")),
        Moment("复核", "王建国", note="与前两人不同", is_reader=True),
        Moment("主管", note="不需要（不到 30,000 元）"),
    ),
    amount=1059295,
    amount_parts=(("目录内", 804617), ("其他", 254678)),
    amount_note="年度限额还剩 11,033.22",
    payee="张桂芳",
    payee_how="（本人） 社会保障卡",
    payee_tail="6617",
    payee_note="户名与本人相符；这个账户没有给其他家庭收过款",
    refused=(
        decision.RefusedItem(580000, "可降解硬膜补片，目录外单价达到 5,000 元", Link("二（二）4", "#")),
    ),
    refused_note="部分不赔，也要在 3 日内寄出理由",
    overrides=(
        decision.Override(
            "第 87 行“体外冲击波治疗” ",
            "待核",
            "可赔",
            "若不赔，少付 2,369.82 元",
            "李文静：“出院记录写明每日 1–2 次，共 20 次，与医嘱一致。”",
            Link("出院记录 第2页", "?p=6"),
        ),
    ),
    choices=(
        decision.DecisionChoice(
            "approve",
            "同意",
            "付 ￥10,592.95",
            "同意给付 ￥10,592.95",
            "同意后：通知书今天生成；付款进入 11月19日批次。付款文件生成以前可以撤回。",
        ),
        decision.DecisionChoice("return", "退回初审", "写明要改什么", "退回初审"),
        decision.DecisionChoice("escalate", "转主管", "写明原因", "转主管"),
    ),
    chosen="approve",
    opinion="已对照出院记录第2页，治疗次数与医嘱相符。",
    opinion_required=True,
    checks=(
        *tuple(
            decision.SystemCheck(word, note)
            for word, note in (
                ("在保", "2025年12月在册"),
                ("城乡居民医保", "住院期间有效"),
                ("定点医院", "2026年名单"),
                ("费用合计", "两项核对相符"),
                ("没有重复票据", "含惠民保数据"),
                ("重算一致", "规则 XB-2026.1"),
            )
        ),
        decision.SystemCheck("您还没看材料 7", "惠民保决定书", False, f"{HREF}/documents?paper=7"),
    ),
    paid=(("XB2026-000411", "/cases/XB2026-000411", "住院 3月", 412000),),
    paid_total=412000,
    letters=(Link("理赔决定通知书", f"{HREF}/notices"),),
    action=f"{HREF}/decision",
    version="5",
)
PAYMENT = payments.CasePaymentPage(
    bar=bar("付款", "付款中", "拟付"),
    payments=(
        payments.PaymentRow(
            "F2026-000871",
            CASE,
            "张桂芳",
            "6617",
            "社会保障卡",
            1059295,
            "等回盘",
            "P20261119-01",
            date(2026, 11, 27),
        ),
    ),
    ledger=(payments.LedgerRow(at("2026-11-18T02:00:00"), "应付赔款", "同意给付", None, 1059295),),
)
CASE_NOTICES = notices.CaseNoticesPage(bar=bar("通知书", "已结案", "已付"), rows=NOTICES.rows)
TIMELINE = case.TimelinePage(
    bar=bar("时间线"),
    days=(
        (
            date(2026, 11, 18),
            (
                case.Event(
                    at("2026-11-18T01:51:00"),
                    "李文静",
                    "初审",
                    "判定第 87 行",
                    "待核",
                    "可赔",
                    Link("出院记录 第2页", "#"),
                    "出院记录写明每日 1–2 次。",
                ),
                case.Event(at("2026-11-18T01:40:00"), "系统", "", "重新计算", "8,223.13", "10,592.95"),
            ),
        ),
        (
            date(2026, 11, 16),
            (case.Event(at("2026-11-16T02:02:00"), "陈敏", "录入", "登记材料 8 份"),),
        ),
    ),
)
