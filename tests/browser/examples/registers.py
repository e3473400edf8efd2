"""Example values of rosters, people, sign-in and refusals."""

from datetime import date

from insurer.worklists.people_list import PEOPLE as PEOPLE_LIST
from insurer.worklists.rosters import ROSTERS as ROSTER_LIST
from insurer.worklists.views import people, refusals, rosters
from insurer.worklists.views.elements import Column, Link, Paging, SideRow, Trouble, ViewTab
from insurer.worklists.views.lists import ListParts

ROSTERS = rosters.RosterListPage(
    rows=(
        rosters.MonthRow(
            date(2026, 11, 1),
            "新北区2026年11月低保对象.xlsx",
            date(2026, 11, 9),
            3268,
            41,
            17,
            23,
            14,
            3328,
            "待确认",
            href="/rosters/9",
        ),
        rosters.MonthRow(
            date(2026, 10, 1),
            "新北区2026年10月低保对象.xlsx",
            date(2026, 10, 10),
            3250,
            12,
            9,
            20,
            0,
            3287,
            "已导入",
            "李文静",
            "/rosters/8",
        ),
    ),
    parts=ListParts(
        views=(ViewTab("全部", "/rosters", 2, True), ViewTab("2025年", "/rosters?year=2025", 0)),
        columns=tuple(Column(one.word, "/rosters?sort=month", key=one.key) for one in ROSTER_LIST.chosen(())),
        paging=Paging(1, 2, 2, 20, "份"),
        clear_href="/rosters",
    ),
    upload_action="/rosters",
    months=("2026-11",),
)
_D = rosters.DiffRow
PREVIEW = rosters.RosterPreviewPage(
    month=date(2026, 11, 1),
    file="新北区2026年11月低保对象.xlsx",
    rows=3268,
    received_on=date(2026, 11, 9),
    new=41,
    changed=17,
    unchanged=3196,
    rejected=14,
    gone=23,
    covered_before=3287,
    covered_after=3328,
    groups=(
        rosters.DiffGroup(
            "changed",
            "变更",
            17,
            "其中要看 5",
            (
                _D(
                    "212",
                    "周锡明",
                    "3315",
                    "薛家镇",
                    "姓名",
                    "周锡明",
                    "周锡民",
                    "同证号，姓名不同",
                    look=True,
                ),
                _D("845", "承志刚", "0719", "罗溪镇", "镇、街道", "罗溪镇", "薛家镇", "迁居，保障不断"),
                _D(
                    "2077",
                    "高秀兰",
                    "6049",
                    "新桥街道",
                    "批准日期",
                    "2026-09-01",
                    "2026-07-01",
                    "保障起点提前 2 个月",
                    Link("重看 1 件已决案件", "/cases"),
                    True,
                ),
            ),
            "?show=changed",
        ),
        rosters.DiffGroup(
            "new",
            "新增",
            41,
            "",
            (
                _D(
                    "64",
                    "谢和平",
                    "2218",
                    "奔牛镇",
                    "批准 2026-11-03",
                    "",
                    "自 2026-11-01 起保",
                    "居民医保：参保",
                ),
            ),
            "?show=new",
        ),
        rosters.DiffGroup(
            "gone",
            "本月不在名册",
            23,
            "不在名册不等于停保",
            (
                _D(
                    "",
                    "史定荣",
                    "7714",
                    "西夏墅镇",
                    "10 月在册，本月没有",
                    "",
                    "保到 2026-12-31",
                    "年内移出，保到年底",
                ),
            ),
            "?show=gone",
        ),
        rosters.DiffGroup(
            "rejected",
            "拒绝",
            14,
            "这些行不会写入",
            (
                _D(
                    "1118",
                    "吴阿大",
                    "",
                    "罗溪镇",
                    "C1118 格",
                    "",
                    "身份证号以数字格式保存，末三位已丢失",
                    "请发送单位改成文本格式重发这一行",
                ),
            ),
            "?show=rejected",
        ),
    ),
    views=(
        ViewTab("全部差异", "?", 95, True),
        ViewTab("要看的", "?show=look", 5),
        ViewTab("变更", "?show=changed", 17),
        ViewTab("新增", "?show=new", 41),
        ViewTab("不在名册", "?show=gone", 23),
        ViewTab("拒绝", "?show=rejected", 14),
    ),
    sheets_note="用了 2 张工作表，跳过 1 张隐藏表",
    mapping_href="?show=mapping",
    errors_href="/rosters/9/errors.xlsx",
    confirm_action="/rosters/9/confirm",
    discard_action="/rosters/9/discard",
)
PEOPLE = people.PeoplePage(
    parts=ListParts(
        (ViewTab("全部", "/people", 1, True),),
        tuple(Column(column.word, "/people?sort=name", key=column.key) for column in PEOPLE_LIST.chosen(())),
        Paging(1, 1, 1, 50, "人"),
        clear_href="/people",
    ),
    asked="zgf",
    find_action="/people",
    rows=(
        people.PersonRow(
            "/people/3", "张桂芳", "女", 61, "3204**********2846", "薛家镇", "最低生活保障", "2026年度在保", 3
        ),
    ),
)
PERSON = people.PersonPage(
    name="张桂芳",
    sex="女",
    age=61,
    masked_id="3204**********2846",
    facts=(SideRow("镇、街道", "薛家镇"), SideRow("收款账户", "社会保障卡 *6617")),
    tracks=("保障", "最低生活保障"),
    ticks=((0, "2025-01"), (500, "2026-01"), (1000, "2027-01")),
    spans=(
        people.CoverSpan(0, 0, 1000, "在保 2025-01-01 至 2026-12-31"),
        people.CoverSpan(1, 0, 960, "在册 2025-01 至 2026-11", "roster"),
    ),
    cover=(
        people.CoverFact(
            "2026年度在保", date(2026, 1, 1), date(2026, 12, 31), "2025年12月名册", date(2025, 12, 10)
        ),
    ),
    cases=(
        people.PersonCase("XB2026-001283", "住院", "龙城中心医院", date(2026, 10, 15), 1059295, "待审"),
        people.PersonCase("XB2026-000876", "门诊", "龙城第三医院", date(2026, 7, 3), 230000, "已结案"),
    ),
    used=((2026, 2000000, 642000),),
    reveal_action="/people/3/reveal",
)
SIGN_IN = refusals.SignInPage(
    login="liwj",
    troubles=(Trouble("password", "用户名或口令不对。再试 4 次会锁 15 分钟。"),),
    hints=(("clerk", "示例口令-初审", "初审"),),
)
REFUSALS = tuple(
    refusals.RefusalPage(status, heading, text, (Link("回待办", "/"),), number=number)
    for status, heading, text, number in (
        (403, "这一页您不能看", "要看付款批次，请找付款岗：孙涛。", ""),
        (404, "没有这一页", "地址可能写错了，或者这件案子不归您看。", ""),
        (409, "这件案子刚刚变了", "王建国 09:51 已经送复核。请重新打开再看。", ""),
        (422, "有几处要改", "没有写入，请改好再存。", ""),
        (429, "操作太快了", "请过 1 分钟再试，您填的内容还在。", ""),
        (500, "系统没有存上", "您填的内容没有丢。请再试一次；还不行，报编号。", "E-7F3A"),
        (503, "数据库现在连不上", "没有写入任何数据。请过几分钟再试。", "E-7F3B"),
    )
)
CONFLICT = refusals.ConflictPage(
    who="李文静",
    when="09:51",
    action="/cases/XB2026-001283/documents",
    version="4",
    rows=(refusals.ConflictRow("preselfpay_amt", "乙类先行自付", "3,846.27", "3,846.37", "3,864.27"),),
    same=11,
    discard_href="/cases/XB2026-001283/documents",
    timeline_href="/cases/XB2026-001283/timeline",
)
