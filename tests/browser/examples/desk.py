"""Example values of 待办, the case list, payments and notices."""

from datetime import date

from insurer.worklists.batch_list import BATCHES as BATCH_LIST
from insurer.worklists.letter_list import NOTICES as NOTICE_LIST
from insurer.worklists.views import home, notices, payments
from insurer.worklists.views.elements import (
    Column,
    Due,
    Link,
    Paging,
    SideRow,
    ViewTab,
)
from insurer.worklists.views.lists import ListParts
from tests.browser.examples.shell import OVERDUE, TODAY, TOMORROW, at


def _left(days: int) -> Due:
    return Due("left", days, date(2026, 11, 23), date(2026, 12, 10))


HOME = home.HomePage(
    today=date(2026, 11, 18),
    refreshed=at("2026-11-18T01:42:00"),
    mine_only=False,
    queues=(
        home.Queue("待受理", "/cases?status=registered", 18, ("我的 6", "今天到期 1")),
        home.Queue("待审", "/cases?status=reviewing", 64, ("我的 14", "今天到期 1")),
        home.Queue("待复核", "/cases?status=checking", 23, ("我可复核 19", "今天 0")),
        home.Queue("等补件", "/cases?status=papers", 31, ("停表", "逾60天 0"), "bars"),
        home.Queue("上游待定", "/cases?status=upstream", 12, ("惠民保 9", "救助 3"), "bars"),
        home.Queue("退件", "/cases?status=returned", 5, ("我的 2", "最早 3 天前")),
        home.Queue("将超时", "/cases?due=soon", 10, ("3 个工作日内",), "triangle", "amber"),
        home.Queue("已超时", "/cases?due=late", 2, ("最久超 2 天",), "square", "red"),
    ),
    tasks=(
        home.Task(
            "XB2026-001197",
            "巢永兴",
            "更正上游救助金额，重算后再送复核",
            Due("overdue", 2),
            1820436,
            "退件",
            "陈敏",
        ),
        home.Task("XB2026-001214", "庄月琴", "补件已到 3 页，核对转诊备案日期", OVERDUE, 396810, "待审"),
        home.Task(
            "XB2026-001276",
            "周锡明",
            "核对 2 行待核费用：单价接近 5,000 元",
            TODAY,
            2567422,
            "待审",
            "李文静",
        ),
        home.Task("XB2026-001301", "陆金妹", "受理：登记材料 9 份", TODAY, None, "待受理"),
        home.Task(
            "XB2026-001283",
            "张桂芳",
            "核对 1 行待核费用：疑似拆分收费",
            TOMORROW,
            1059295,
            "待审",
            "李文静",
        ),
        home.Task("XB2026-001290", "徐兰英", "结算单两边差 0.10 元，找出原因", TOMORROW, 773108, "待审"),
        home.Task(
            "XB2026-001294", "沈建新", "退汇“户名不符”：改收款信息后重付", _left(2), 411560, "退汇", "孙涛"
        ),
        home.Task("XB2026-001296", "朱云娣", "可直接审：两项核对相符，无待核费用", _left(3), 238077, "待审"),
    ),
    tasks_total=113,
    tasks_href="/cases?open=1",
    deadlines=(
        SideRow(
            "11月名册",
            "11月9日收到，",
            Link("预览待确认", "/rosters/9"),
            second=("新增 41", "变更 17", "拒绝 14"),
        ),
        SideRow(
            "拒付说明", "今天到期 1 份", second=("决定后 3 日内必须发出",), shape="triangle", tone="amber"
        ),
        SideRow("付款期限", "46 笔在 10 日内", second=("最早 11月24日，没有超期",)),
        SideRow(
            "付款批次",
            "",
            Link("P20261117-01", "/payments/P20261117-01"),
            " 等银行回盘",
            ("46 笔，￥218,430.55",),
        ),
        SideRow("退汇", "", Link("2 笔", "/payments?status=returned"), "：户名不符、账户已销"),
        SideRow("通知书", "", Link("17 份待打印", "/notices"), "，回执未回 6 份"),
    ),
    checks=(
        SideRow("18 项检查", "17 项为 0", shape="check", tone="green"),
        SideRow(
            "同一票据两案",
            "1 件待看 ",
            Link("XB2026-001288", "/cases/XB2026-001288"),
            shape="triangle",
            tone="amber",
        ),
    ),
    drafts=(SideRow("XB2026-001283", "核算意见，09:38 存稿 ", Link("接着写", "/cases/XB2026-001283")),),
    age_heads=("0–3 天", "4–7 天", "8–14 天", "15–30 天", "30 天以上"),
    ages=(
        home.AgeRow("待受理", ((11, "#"), (5, "#"), (2, "#"), (0, ""), (0, "")), 18),
        home.AgeRow("待审", ((22, "#"), (24, "#"), (15, "#"), (3, "#"), (0, "")), 64),
        home.AgeRow("待复核", ((14, "#"), (6, "#"), (3, "#"), (0, ""), (0, "")), 23),
        home.AgeRow("退件", ((1, "#"), (3, "#"), (1, "#"), (0, ""), (0, "")), 5),
    ),
)

BATCHES = payments.BatchListPage(
    parts=ListParts(
        views=(ViewTab("全部", "/payments", 3, True), ViewTab("等回盘", "/payments?status=sent", 1)),
        columns=tuple(Column(one.word, "/payments?sort=made", key=one.key) for one in BATCH_LIST.chosen(())),
        paging=Paging(1, 2, 2, 20, "批"),
        clear_href="/payments",
    ),
    rows=(
        payments.BatchRow(
            "P20261117-01", date(2026, 11, 17), 46, 21843055, "等回盘", "孙涛", "顾晓燕", 0, 0, 46
        ),
        payments.BatchRow(
            "P20261110-01", date(2026, 11, 10), 51, 30211070, "已完成", "孙涛", "顾晓燕", 49, 2, 0
        ),
    ),
    waiting_count=12,
    waiting_amount=6421077,
    earliest_due=date(2026, 11, 24),
    create_action="/payments",
)
BATCH = payments.BatchPage(
    number="P20261117-01",
    status="待放行",
    count=2,
    amount=1300855,
    facts=(
        SideRow("组批", "孙涛 11-17 14:20"),
        SideRow("放行", "还没有人放行", second=("要由组批以外的人放行",)),
        SideRow("笔数、金额", "2 笔，￥13,008.55", shape="check", tone="green", second=("与付款单逐笔相符",)),
    ),
    rows=(
        payments.PaymentRow("F2026-000871", "XB2026-001283", "张桂芳", "6617", "社会保障卡", 1059295, "待付"),
        payments.PaymentRow("F2026-000872", "XB2026-001299", "钱玉珍", "0301", "社会保障卡", 241560, "待付"),
    ),
    paging=Paging(1, 2, 2, 50, "笔"),
    primary=Link("放行 2 笔 ￥13,008.55", "/payments/P20261117-01/release"),
    consequence="放行后生成付款文件，不能再撤回。",
)
NOTICES = notices.NoticeListPage(
    parts=ListParts(
        (ViewTab("待打印", "/notices", 2, True), ViewTab("已打印", "/notices?status=printed", 6)),
        tuple(Column(column.word, "/notices?sort=due", key=column.key) for column in NOTICE_LIST.chosen(())),
        Paging(1, 1, 1, 20, "份"),
        clear_href="/notices?view=all",
    ),
    rows=(
        notices.NoticeRow(
            "决字1283号",
            "理赔决定通知书",
            "XB2026-001283",
            "张桂芳",
            at("2026-11-18T02:10:00"),
            "待打印",
            TODAY,
            pages=1,
            pdf_href="/notices/1.pdf",
        ),
    ),
    batch_action="/notices/batch",
)
