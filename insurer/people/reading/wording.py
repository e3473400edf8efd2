"""The bureau's words for categories, changes and insurance, read into our codes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from insurer.people.characters import FULL_WIDTH, squeezed

MIN_LIVING_ALLOWANCE: Final = "min_living_allowance"
# The first pattern that matches decides, so the narrower wording stands before the wider one.
_CATEGORIES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (code, re.compile(pattern))
    for code, pattern in (
        (
            "former_registered_poor",
            r"建档立卡|脱贫|易致贫|易返贫|监测对象|监测户|突发严重困难|低收入农户",
        ),
        ("min_living_allowance", r"单人保|低保.*单人|最低生活保障.*单人|单人.*低保|单人户"),
        ("hardship_worker", r"(特困|困难)职工"),
        ("low_income_margin", r"边缘|低边|低收入"),
        ("expenditure_poor_patient", r"支出型|刚性支出"),
        ("temporary_relief_patient", r"临时救助"),
        ("extremely_poor", r"特困|五保"),
        ("de_facto_unattended_child", r"无人抚养"),
        ("orphan", r"孤儿"),
        ("other_child_in_difficulty", r"困境儿童|困难儿童|儿童"),
        ("disabled_soldier_1_10", r"残疾军人|伤残军人|革命伤残"),
        ("retrenched_1960s", r"精减|精简"),
        ("other_entitled_group", r"优抚"),
        ("other_special_hardship", r"特殊困难"),
        ("min_living_allowance", r"低保|最低生活保障|城保|农保|^低$"),
    )
)
_NOT = re.compile(r"^(非|不|未(?!成年)|无(?!人抚养)|原(?!建档)|曾|已|否)|(退出|取消|停发|停保|注销|终止)")
_SEPARATORS = re.compile(r"[,，、;；/|+＋&和及]+")
_LEVEL_ONLY = re.compile(
    r"(全额|差额)(救助|保障|享受)?|[ABCabc甲乙丙一二三][类档级]|第?[一二三][类档]|重点|一般|城市|农村|城镇"
)

_CHANGES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (code, re.compile(pattern))
    for code, pattern in (
        ("died", r"死亡|去世|病故|亡故|身故"),
        ("moved_out", r"迁出|户口迁移|转出"),
        ("restored", r"恢复"),
        ("grace", r"渐退"),
        ("suspended", r"暂停|缓发"),
        ("stopped", r"停保|停发|停止|终止"),
        ("cancelled", r"取消|注销|清退"),
        ("left", r"退出|退保|转特困|转为特困|已退"),
        ("added", r"新增|新批|新纳入|新进"),
        ("changed", r"变更|调整|转户|变动"),
    )
)

_INSUTYPES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (code, re.compile(pattern))
    for code, pattern in (
        ("none", r"未参保|未缴费|断缴|断保|停保|无医保|^否$|^无$|^未$|^不是$|中断"),
        ("310", r"职工|城职|310"),
        ("other", r"外地|市外|异地|区外"),
        ("390", r"居民|城居|新农合|学生|少儿|390|正常|已参保|^参保$|^是$|已缴费|^有$|^在保$"),
    )
)


@dataclass(frozen=True, slots=True)
class Categories:
    """Codes in the order written; ``unknown`` keeps the words that name no category."""

    codes: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    level_only: bool = False
    single: bool = False
    change: str = ""


def read_categories(text: str) -> Categories:
    """Read a category cell; several categories may stand in one (``特困,低保``).

    单人保 is the minimum allowance for that member alone, 低保边缘 is not the minimum allowance, and a word
    that denies (非低保, 原低保) or ends it (低保停发) never makes anybody insured: the former is unknown, the
    latter keeps the category and reports the change.
    """
    bare = squeezed(text).translate(FULL_WIDTH)
    codes: list[str] = []
    unknown: list[str] = []
    change = ""
    single = False
    for part in filter(None, _SEPARATORS.split(bare)):
        code = next((code for code, pattern in _CATEGORIES if pattern.search(part)), None)
        ended = _NOT.search(part)
        if code is None or (ended and ended.group(1)):
            unknown.append(part)
            continue
        if ended:
            change = change or read_change(part)
        single = single or (code == MIN_LIVING_ALLOWANCE and "单人" in part)
        if code not in codes:
            codes.append(code)
    level_only = not codes and bool(unknown) and all(_LEVEL_ONLY.fullmatch(part) for part in unknown)
    return Categories(tuple(codes), tuple(unknown), level_only, single, change)


def category_in_titles(titles: Iterable[str]) -> str | None:
    """Return the category that title, sheet name and file name agree on (城保名册, 特困供养名单), else None.

    Chongqing-style rosters name it nowhere else.
    """
    found: set[str] = set()
    for title in titles:
        found.update(read_categories(title).codes)
    return found.pop() if len(found) == 1 else None


def read_change(text: str) -> str:
    """Return the code of the change that a status or remark cell names, "" for none."""
    bare = squeezed(text)
    if not bare:
        return ""
    return next((code for code, pattern in _CHANGES if pattern.search(bare)), "")


def read_insutype(text: str) -> str:
    """Return 390 (resident), 310 (employee), ``other`` (elsewhere), ``none`` (uninsured) or "" (not said)."""
    bare = squeezed(text).translate(FULL_WIDTH)
    if not bare:
        return ""
    return next((code for code, pattern in _INSUTYPES if pattern.search(bare)), "")
