"""The surroundings of every example page; all people, hospitals and numbers are invented."""

from dataclasses import replace
from datetime import UTC, date, datetime

from insurer.worklists.views.case import CaseBar, CaseTab
from insurer.worklists.views.elements import Due, Link, Shell
from insurer.worklists.views.paths import CASE_PARTS, case_href

SECTIONS = (
    ("home", "待办", "/"),
    ("cases", "案件", "/cases"),
    ("people", "人员", "/people"),
    ("rosters", "名册", "/rosters"),
    ("payments", "付款", "/payments"),
    ("notices", "通知书", "/notices"),
    ("exclusions", "除外清单", "/exclusions"),
    ("years", "年度结算", "/years"),
    ("reports", "报表", "/reports"),
)


def shell(current: str, **changes: object) -> Shell:
    """Return the surroundings with one section marked as the present one."""
    plain = Shell(
        programme="新北低保大病补充",
        year=2026,
        sections=SECTIONS,
        current=current,
        staff_name="李文静",
        staff_role="初审",
        form_key="3f0d5e6a-0001",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    """Read an example moment, written in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OVERDUE = Due("overdue", 1, date(2026, 11, 17), date(2026, 12, 4))
TODAY = Due("today", 0, date(2026, 11, 18), date(2026, 12, 6))
TOMORROW = Due("tomorrow", 1, date(2026, 11, 19), date(2026, 12, 7), "受理后 20 个工作日，停表 0 天")

CASE = "XB2026-001283"


def bar(part: str, status: str = "待审", word: str = "应付（暂算）", **changes: object) -> CaseBar:
    """Return identity bar and tabs of the example case."""
    badges = {"材料": "8", "核算": "1 待核" if status == "待审" else "", "通知书": "2", "时间线": "17"}
    tabs = tuple(
        CaseTab(name, case_href(CASE, path), badges.get(name, ""), name == "核算", name == part)
        for name, path in CASE_PARTS
    )
    plain = CaseBar(
        number=CASE,
        name="张桂芳",
        sex="女",
        age=61,
        masked_id="3204**********2846",
        stay=("住院 10月1日至10月15日", "龙城中心医院"),
        status=status,
        due=TOMORROW,
        amount=1059295,
        amount_word=word,
        tabs=tabs,
        reveal_href="/people/3#reveal",
        actions=(Link("退补件", case_href(CASE) + "/ask"), Link("打印核算单", "#print")),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]
