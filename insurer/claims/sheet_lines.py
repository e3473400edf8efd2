"""Fee lines as people bring them to the desk: pasted from a table, in a small workbook, or typed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from insurer.kernel.errors import Problem

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "medins_list_name": ("项目名称", "名称", "收费项目", "费用名称", "药品名称", "医院项目名称", "项目"),
    "hilist_name": ("医保名称", "医保目录名称", "目录名称"),
    "med_list_codg": ("医保编码", "国家编码", "医疗目录编码", "项目编码", "编码"),
    "pric": ("单价", "单价元", "价格"),
    "cnt": ("数量", "总量", "次数"),
    "det_item_fee_sumamt": ("金额", "总金额", "费用金额", "金额元", "合计金额", "费用"),
    "chrgitm_lv": ("等级", "甲乙类", "类别", "收费等级", "医保等级", "甲乙丙"),
    "list_type": ("目录类别",),
    "med_chrgitm_type": ("收费类别", "费用类别", "发票项目"),
    "fulamt_ownpay_amt": ("全自费", "自费金额", "自费", "全自费金额"),
    "preselfpay_amt": ("先行自付", "乙类先付", "先行自付金额"),
    "overlmt_amt": ("超限价", "超限价金额"),
    "inscp_scp_amt": ("范围内", "政策范围内", "符合范围金额"),
    "feedetl_sn": ("序号", "流水号", "明细号"),
}
"""What a column of a pasted table is, by its head; the platform's own names are known too."""

PLAIN_ORDER: Final = (
    "medins_list_name",
    "pric",
    "cnt",
    "det_item_fee_sumamt",
    "chrgitm_lv",
    "fulamt_ownpay_amt",
)
"""The columns of a table without heads, and of the rows that are typed."""

LEVELS: Final = {"甲": "01", "甲类": "01", "乙": "02", "乙类": "02", "丙": "03", "丙类": "03", "自费": "03"}
CHARGES: Final = {
    "床位费": "01", "诊察费": "02", "检查费": "03", "化验费": "04", "治疗费": "05", "手术费": "06",
    "护理费": "07", "卫生材料费": "08", "材料费": "08", "西药费": "09", "中药饮片费": "10", "中药费": "10",
    "中成药费": "11", "一般诊疗费": "12", "挂号费": "13", "其他费": "14",
}  # fmt: skip
MOST_LINES: Final = 5_000
UNREADABLE: Final = {
    "empty": "文件是空的",
    "password": "设了打开密码",
    "macros": "里面有宏",
    "formula": "里面有公式",
    "large": "文件太大，或者里面的东西多得不合常理",
    "long": f"明细太长，一次最多 {MOST_LINES} 行",
}
"""Why a file of fee lines is not read, by the code of its refusal; any other is said to be no table."""
_TOTALS = re.compile(r"^(合计|总计|小计|本页合计|累计)[:：]?$")


@dataclass(frozen=True, slots=True)
class Lines:
    """Fee lines as the record wants them, and what is wrong with the table."""

    rows: tuple[dict[str, str], ...]
    problems: tuple[Problem, ...] = ()


def lines_of_text(text: str, field: str = "lines_text") -> Lines:
    """Read a table pasted from a spreadsheet: tabs part the cells, the first row may name the columns."""
    return lines_of_table([line.split("\t") for line in text.splitlines() if line.strip()], field)


def lines_of_table(table: Sequence[Sequence[Any]], field: str) -> Lines:
    """Read rows of cells; a row of totals is left out, a row without a name or amount is named."""
    cells = [[_text(cell) for cell in row] for row in table]
    cells = [row for row in cells if any(row)]
    if not cells:
        return Lines(())
    if len(cells) > MOST_LINES + 1:
        return Lines((), (Problem(field, f"明细有 {len(cells)} 行，一次最多 {MOST_LINES} 行"),))
    head = columns_of(cells[0])
    columns = head or list(PLAIN_ORDER)
    if head and not {"medins_list_name", "hilist_name"} & set(head):
        return Lines((), (Problem(field, "明细的表头里没有“项目名称”这一栏，请连表头一起粘贴"),))
    if head and "det_item_fee_sumamt" not in head:
        return Lines((), (Problem(field, "明细的表头里没有“金额”这一栏，请连表头一起粘贴"),))
    found, problems = [], []
    for number, row in enumerate(cells[1:] if head else cells, 2 if head else 1):
        line = {name: value for name, value in zip(columns, row, strict=False) if name and value}
        name = line.get("medins_list_name") or line.get("hilist_name") or ""
        if is_total(name):
            continue
        if not name or not line.get("det_item_fee_sumamt"):
            lacking = "项目名称" if not name else "金额"
            problems.append(Problem(field, f"明细第 {number} 行没有{lacking}，请补上或去掉这一行"))
            continue
        found.append(_coded(line))
    numbered = tuple({**line, "feedetl_sn": str(place)} for place, line in enumerate(found, 1))
    return Lines(numbered, tuple(problems[:20]))


def file_problem(filename: str, code: str, field: str = "lines_text") -> Problem:
    """Return in the words of the counter why a file is not read: the clerk holds it, no bureau sent it."""
    why = UNREADABLE.get(code, "不是能打开的表格")
    remedy = "请另存为没有公式、宏和密码的 xlsx 再选，或者连表头复制，粘贴到上面"
    return Problem(field, f"“{filename}”没有读进来：{why}。{remedy}", code=code)


def is_total(name: str) -> bool:
    """Tell whether a row of this name adds up others."""
    return _TOTALS.match(name) is not None


def columns_of(row: Sequence[str]) -> list[str]:
    """Return the field of each column, empty where none is known; an empty list when it is no head."""
    names = {_plain(word): field for field, words in COLUMNS.items() for word in (field, *words)}
    found = [names.get(_plain(cell), "") for cell in row]
    return found if sum(bool(name) for name in found) >= 2 else []


def _plain(text: str) -> str:
    return re.sub(r"[\s（）()：:/元]", "", text).lower()


def _coded(line: Mapping[str, str]) -> dict[str, str]:
    """Return a line with the words for level and charge as their codes."""
    found = dict(line)
    for name, codes in (("chrgitm_lv", LEVELS), ("med_chrgitm_type", CHARGES)):
        if found.get(name) in codes:
            found[name] = codes[found[name]]
    return found


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()
