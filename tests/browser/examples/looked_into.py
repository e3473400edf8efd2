"""Example values of people to look into, people told, and the columns of a file."""

from datetime import date

from insurer.worklists.views import people_tasks, rosters
from insurer.worklists.views.elements import Choice, Link, Paging, SideRow, ViewTab

_DUE = date(2026, 12, 1)
TASKS = people_tasks.PersonTasksPage(
    rows=(
        people_tasks.PersonTaskRow(
            "/people/tasks/1",
            "名单上已去世",
            "史定荣",
            "7714",
            "",
            "2026年11月，死亡名单.xlsx",
            _DUE,
            True,
            "",
        ),
        people_tasks.PersonTaskRow(
            "/people/tasks/2",
            "可能是同一个人",
            "王福根",
            "0932",
            "系统里 3204**********0911",
            "2026年11月，名册.xlsx",
            _DUE,
            False,
            "李文静",
        ),
    ),
    views=(ViewTab("全部未办", "/people/tasks", 2, True), ViewTab("我的", "/people/tasks?which=mine", 1)),
    kinds=(ViewTab("各种", "/people/tasks", 2, True), ViewTab("名单上已去世", "/people/tasks?kind=died", 1)),
    paging=Paging(1, 2, 2, 50, "件"),
)
TASK = people_tasks.PersonTaskPage(
    kind="名单上已去世",
    person=Link("史定荣", "/people/7"),
    tail="7714",
    todo="核对去世日期。看有没有去世以后的费用，未付的给付改付给谁。",
    facts=(
        SideRow("从哪里来", link=Link("死亡名单.xlsx", "/rosters/9"), second=("2026年11月",)),
        SideRow("去世", "2026-11-03", tone="red"),
    ),
    due_on=_DUE,
    late=True,
    owner="",
    back="/people/tasks",
    finish_action="/people/tasks/1/finish",
    take_action="/people/tasks/1/take",
    may_be_untrue=True,
    untrue_words="不属实，人还在",
)
TOLD = people_tasks.ToldPage(
    year=2026,
    rows=(
        people_tasks.ToldRow(
            Link("谢和平", "/people/8"),
            "2218",
            "奔牛镇",
            date(2026, 11, 1),
            "新北大病理赔〔2026〕告字31号",
            "已送达",
            "2026-11-20 邮寄",
            "2026-11-21 电话，陈敏",
            "/people/told/2026/8",
        ),
    ),
    years=(ViewTab("2026年度", "/people/told", None, True),),
    views=(ViewTab("还没有告知", "/people/told", 0), ViewTab("已告知", "/people/told?which=told", 1, True)),
    paging=Paging(1, 1, 1, 50, "人"),
    today=_DUE,
    ways=(Choice("phone", "电话"), Choice("visit", "上门")),
)
_CHOICES = (Choice("", "不用这一列"), Choice("psn_name", "姓名", True), Choice("certno", "身份证号"))
COLUMNS = rosters.ColumnsPage(
    month=date(2026, 11, 1),
    file="经开区2026年11月.xlsx",
    sender="经开区",
    href="/rosters/9",
    action="/rosters/9/columns",
    sheets=(
        rosters.ColumnSheet(
            ("名单", "名单二"),
            2,
            False,
            (
                rosters.ColumnRow(0, "A", "对象", "对象", "王**", _CHOICES, True),
                rosters.ColumnRow(1, "B", "证件", "证件", "**************1234", _CHOICES[::-1], True),
            ),
        ),
    ),
    unread="“经开区2026年11月.xlsx”没有收下：没有找到表头。",
)
CELL = rosters.CellPage(
    month=date(2026, 11, 1),
    file="新北区2026年11月.xlsx",
    href="/rosters/9",
    action="/rosters/9/cell",
    at="0-7-3",
    where="薛家镇，第 7 行 D 列",
    field="身份证号",
    wrong="第 7 行 D 列：身份证号的最后一位对不上。请核对原件。",
    row=(
        SideRow("镇（街）", "薛家镇"),
        SideRow("姓名", "王**"),
        SideRow("身份证号码", "**************1233"),
        SideRow("保障类别", "农村低保"),
    ),
    made="2026年11月2日陈敏改过",
    back_action="/rosters/9/cell/back",
)
