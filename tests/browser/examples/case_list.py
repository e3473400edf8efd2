"""Example values of the list of cases and of what belongs to every list: batches, columns, views."""

from datetime import date

from insurer.worklists.case_columns import CASES as KIND
from insurer.worklists.views import cases, lists
from insurer.worklists.views.elements import Choice, Column, Due, Paging, Tag, Trouble, ViewTab
from tests.browser.examples.shell import OVERDUE, TODAY, TOMORROW, at


def _left(days: int) -> Due:
    return Due("left", days, date(2026, 11, 23), date(2026, 12, 10))


_ROWS = (
    ("001214", "庄月琴", "5508", "滨江医院（春江）", 12, 2410622, 627180, 396810, OVERDUE, "", "补件已到"),
    (
        "001276",
        "周锡明",
        "3315",
        "龙城中心医院",
        30,
        18642090,
        3579742,
        2567422,
        TODAY,
        "李文静",
        "待核 2 行",
    ),
    (
        "001283",
        "张桂芳",
        "2846",
        "龙城中心医院",
        15,
        6087937,
        1787937,
        1059295,
        TOMORROW,
        "李文静",
        "待核 1 行",
    ),
    ("001290", "徐兰英", "1172", "龙城第三医院", 20, 4116035, 1240655, 773108, TOMORROW, "", "核对差 0.10"),
    (
        "001303",
        "潘小龙",
        "4417",
        "江东肿瘤医院（南京）",
        27,
        11430288,
        3120940,
        901455,
        _left(3),
        "",
        "近年度限额",
    ),
    ("001296", "朱云娣", "6830", "孟河镇卫生院", 26, 1022496, 300315, 238077, _left(3), "", ""),
    ("001299", "钱玉珍", "0255", "奔牛中心卫生院", 27, 318440, 118730, 96240, _left(3), "", ""),
    ("001311", "薛正华", "1950", "龙城中心医院", 14, 2115279, 622431, 364601, _left(4), "陈敏", ""),
    (
        "001318",
        "谢和平",
        "1968",
        "孟河镇卫生院",
        15,
        172664,
        30757,
        23356,
        _left(5),
        "李文静",
        "票据重复提示",
    ),
)

DENSITIES = (Choice("dense", "紧", True), Choice("medium", "中"), Choice("loose", "松"))
TOOLS = lists.ListTools(
    columns_href="/lists/cases/columns",
    views_href="/lists/cases/views",
    save_href="/lists/cases/views",
    density="dense",
    density_action="/lists/cases/density",
    densities=DENSITIES,
    export_action="/cases/export",
    select_action="/cases/select",
    back="/cases?status=in_review",
)
COLUMNS = tuple(
    Column(
        column.word,
        f"/cases?sort={column.key}" if column.sort is not None else "",
        "ascending" if column.key == "due" else "",
        column.kind in ("money", "count"),
        column.key,
    )
    for column in KIND.chosen(())
)

CASES = cases.CaseListPage(
    views=(
        ViewTab("全部", "/cases", 3412, True),
        ViewTab("我的待审", "/cases?owner=me", 14),
        ViewTab("江东肿瘤医院", "/cases?view=1", 38, shared_by="顾晓燕"),
    ),
    filter=cases.CaseFilter(
        statuses=(
            Choice("in_review", "待审", True),
            Choice("proposed", "待复核", True),
            Choice("paid", "已付款"),
        ),
        status_words="待审、待复核",
        visits=(Choice("", "不限", True), Choice("inpatient", "住院")),
        towns=(Choice("", "不限", True), Choice("薛家镇", "薛家镇")),
        owners=(Choice("", "不限", True), Choice("none", "没有人")),
        channels=(Choice("", "不限", True),),
        texts={"settled_from": "2026-10-10", "settled_to": "2026-10-31", "personal_from": "1,000.00"},
        more=True,
    ),
    tags=(
        Tag("状态", "待审、待复核", "/cases?a"),
        Tag("结算日期", "2026-10-10 至 10-31", "/cases?b"),
        Tag("个人负担", "不少于 1,000.00 元", "/cases?c"),
    ),
    clear_href="/cases",
    columns=COLUMNS,
    rows=tuple(
        cases.CaseRow(
            f"XB2026-{number}",
            person,
            tail,
            hospital,
            "住院",
            date(2026, 10, day),
            total,
            personal,
            payable,
            "待复核" if owner == "陈敏" else "待审",
            due,
            owner,
            hint,
        )
        for number, person, tail, hospital, day, total, personal, payable, due, owner, hint in _ROWS
    ),
    paging=Paging(
        21, 29, 87, 9, previous="/cases?before=a", next="/cases?after=b", start="/cases", end="/cases?end=1"
    ),
    matches_personal=124631040,
    sums={
        "total": sum(row[5] for row in _ROWS),
        "personal": sum(row[6] for row in _ROWS),
        "payable": sum(row[7] for row in _ROWS),
    },
    tools=TOOLS,
    may_accept=True,
    may_assign=True,
    may_print=True,
)

PICKED = cases.CaseListPage(
    views=CASES.views,
    filter=CASES.filter,
    tags=(),
    clear_href="/cases",
    columns=COLUMNS,
    rows=CASES.rows,
    paging=CASES.paging,
    matches_personal=124631040,
    sums=CASES.sums,
    tools=TOOLS,
    picked=lists.Picked("x", 3412, 1_246_310_40, at("2026-11-18T01:42:00"), "/cases"),
    may_accept=True,
    may_assign=True,
)

BATCH_PREVIEW = cases.BatchPreviewPage(
    action="assign",
    word="分派",
    rows=(
        cases.BatchPreviewRow("XB2026-001214", "庄月琴", "待审", 396810),
        cases.BatchPreviewRow("XB2026-001217", "周锡明", "已付款", 25000, "李文静", "已经办完，跳过"),
    ),
    total=412,
    able=400,
    reasons=(("已经办完，跳过", 12),),
    selection="x",
    back_href="/cases",
    href="/cases/batch",
    staff=(Choice("", "请选一位", True), Choice("1", "李文静")),
    problem="没有选分派给谁，请选一位",
)

BATCH_RESULT = cases.BatchResultPage(
    word="分派",
    who="李文静",
    at=at("2026-11-18T01:42:00"),
    done=(("XB2026-001214", "经办改为李文静"),),
    skipped=(("XB2026-001217", "已经办完，跳过"),),
    back_href="/cases",
)

COLUMNS_PAGE = lists.ColumnsPage(
    word="案件",
    columns=tuple(
        lists.ColumnChoice(column.key, column.word, column.shown, column.fixed, place)
        for place, column in enumerate(KIND.columns, 1)
    ),
    densities=DENSITIES,
    action="/lists/cases/columns",
    back="/cases",
    current="cases",
)

VIEWS_PAGE = lists.ViewsPage(
    word="案件",
    rows=(
        lists.ViewRow(
            "1", "我的待审", "/cases?view=1", (("状态", "待审"),), "只给自己", "李文静", True, True
        ),
        lists.ViewRow("2", "江东肿瘤医院", "/cases?view=2", (), "初审岗位都能用", "顾晓燕", False, False),
    ),
    conditions=(("状态", "待审、待复核"), ("结算日期", "2026-10-10 起")),
    name="",
    roles=(Choice("", "只给自己", True), Choice("clerk", "初审岗位")),
    action="/lists/cases/views",
    back="/cases",
    current="cases",
    all_is_default=False,
    troubles=(Trouble("name", "名称写 1 到 16 个字"),),
)
