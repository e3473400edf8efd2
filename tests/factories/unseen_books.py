"""Rosters as workbooks: merged households, members side by side, pages, several sheets, an old format."""

import io
from typing import Any

import xlwt

from tests.factories.roster_files import xlsx
from tests.factories.unseen_rosters import Unseen, certno, ending_in_x, mistyped

Rows = list[list[object]]
AGREED = (
    *(
        "序号",
        "镇街",
        "村居",
        "户编号(低保证号)",
        "户主姓名",
        "户主身份证号",
        "与户主关系",
        "姓名",
        "身份证号",
    ),
    *("保障类别", "享受起始年月", "变动类型", "变动年月", "居民医保参保状态", "联系电话", "开户行", "户名"),
    *("银行账号", "备注"),
)


def printed_in_pages() -> Unseen:
    """Title, header, subtotal and page number on every page; several telephones; spaced accounts."""
    n = [certno(serial) for serial in range(201, 207)]
    title = ["新北区城乡低保对象花名册（2025年12月）"]
    head: list[object] = [
        "序号",
        "姓名",
        "身份证号",
        "类别",
        "联系电话",
        "开户银行",
        "银行账号",
        "户名",
    ]
    rows: Rows = [
        [*title],
        ["单位：人、元"],
        head,
        [
            "1",
            "陈一",
            n[0],
            "农村低保",
            "13800000001/13900000002",
            "江南农商行",
            "6228 4800 1234 567",
            "陈一",
        ],
        ["2", "陈 二", n[1], "城市低保", "", "", "", ""],
        ["", "本页小计", "2人", "", "", "", "", ""],
        ["", "", "", "第1页 共2页"],
        [*title],
        ["单位：人、元"],
        head,
        ["3", "陈三", n[2], "特困供养", "", "", "", ""],
        ["4", "陈四", n[3], "低保边缘家庭成员", "", "", "", ""],
        ["5", "陈五", n[4], "单人保家庭", "", "", 6.2284800123456e18, ""],
        ["", "合计", "5人", "", "", "", "", ""],
        ["审核人：", "", "填表人：", "", "日期：2025.12.10"],
        ["", "", "", "", "", "", "（盖章）"],
    ]
    sheet = "Sheet1"
    return Unseen(
        "花名册.xlsx",
        xlsx((sheet, rows)),
        ((sheet, False, True, 5),),
        accepted=5,
        repaired=((sheet, 5, "psn_name"),),
        skipped=tuple((sheet, row) for row in (6, 7, 8, 9, 10, 14, 15, 16)),
        covered={2025: 0, 2026: 3},
    )


def as_agreed_with_the_bureau() -> Unseen:
    """All columns of the agreed form; household cells merged, also the category; insurance of each person."""
    n = [certno(serial) for serial in range(211, 224)]
    head: list[object] = [*AGREED]

    def row(name: str, number: str, **others: str) -> list[object]:
        values = {"姓名": name, "身份证号": number, **others}
        return [values.get(str(word), "") for word in head]

    family = {
        "镇街": "奔牛镇",
        "户编号(低保证号)": "N001",
        "户主姓名": "褚大",
        "户主身份证号": n[0],
        "保障类别": "农村低保",
        "享受起始年月": "2020-03",
    }
    single = {"保障类别": "单人保"}
    rows: Rows = [
        head,
        row("褚大", n[0], 与户主关系="户主", **family),
        row("褚二", n[1], 与户主关系="配偶", 居民医保参保状态="居民医保"),
        row("褚小", "", 与户主关系="子"),
        row("卫一", n[2]),
        row("蒋一", n[3], **single),
        row("蒋二", n[4]),
        row("沈大", n[5], 保障类别="非低保"),
        row("沈二", n[6], **single, 变动类型="新增", 变动年月="2025-11", 享受起始年月="2025-11"),
        row("韩一", n[7], **single, 居民医保参保状态="职工医保"),
        row("韩二", n[8], **single, 居民医保参保状态="未参保"),
        row("韩三", n[9], **single, 居民医保参保状态="外地医保"),
        row("韩四", n[10], **single, 变动类型="停保"),
        row("韩五", n[11], **single, 备注="户口已迁出"),
        row("韩六", n[12], **single, 居民医保参保状态="正常参保"),
    ]

    def merge(_book: Any, sheets: dict[str, Any]) -> None:
        for word, value in family.items():
            column = head.index(word)
            sheets["2025年12月"].merge_range(1, column, 3, column, value)
        column = head.index("保障类别")
        sheets["2025年12月"].merge_range(5, column, 6, column, "单人保")

    sheet = "2025年12月"
    return Unseen(
        "新北区低保.xlsx",
        xlsx((sheet, rows), change=merge),
        ((sheet, False, True, 14),),
        accepted=9,
        rejected=(
            (sheet, 4, "certno", "certno_missing"),
            (sheet, 5, "category", "category_unknown"),
            (sheet, 6, "category", "category_unknown"),
            (sheet, 7, "category", "category_unknown"),
            (sheet, 8, "category", "category_unknown"),
        ),
        # of the nine: two of the first family, the one approved in November, and the last one
        covered={2025: 1, 2026: 4},
    )


def families_in_one_row() -> Unseen:
    """A row for each household, members side by side; 全额 and 差额 are levels of what the file is named."""
    n = [certno(serial) for serial in range(231, 238)]
    pairs = ["户主", "户主身份证", "家庭成员1", "身份证号", "家庭成员2", "身份证号"]
    head = ["乡镇/街道", "村/社区", "地址", "类型", "保障人口", *pairs]

    def row(*cells: object) -> list[object]:
        return ["西夏墅镇", "梅林村", "一组5号", *cells]

    rows: Rows = [
        ["新北区农村名册"],
        [*head],
        row("全额", "2", "吴大", n[0], "吴二", n[1], "", ""),
        row("差额救助", "3人", "郑大", n[2], "郑二", mistyped(n[6]), "郑三", n[3]),
        row("全额", "3", "冯大", n[4], "冯二", "", "", n[5]),
        ["合计", "", "", "", "8", "", "", "", "", "", ""],
        ["", "", "", "", "", "总户数：3户 总人数：8人"],
        ["审核：", "", "", "", "", "", "制表："],
    ]
    sheet = "西夏墅"
    return Unseen(
        "2025年12月新北区农村低保名册.xlsx",
        xlsx((sheet, rows)),
        ((sheet, False, True, 8),),
        accepted=5,
        rejected=(
            (sheet, 4, "certno", "certno_checksum"),
            (sheet, 5, "certno", "certno_missing"),
            (sheet, 5, "psn_name", "name_missing"),
        ),
        skipped=((sheet, 6), (sheet, 7), (sheet, 8)),
        covered={2025: 0, 2026: 5},
    )


def a_sheet_for_each_town() -> Unseen:
    """Columns in another order on each sheet; one hidden, a lookup very hidden, a stale copy."""
    n = [certno(serial) for serial in range(261, 268)]
    first: Rows = [
        ["孟河镇"],
        ["姓名", "身份证号", "类别"],
        ["孟一", n[0], "农村低保"],
        ["孟二", n[1], "农村低保"],
    ]
    second: Rows = [
        ["类别", "证件号码", "姓名", "备注", "镇"],
        ["城市低保", n[2], "罗一", "", "罗溪镇"],
        ["优抚", n[1], "孟二", "", "罗溪镇"],
        ["城市低保", n[0], "孟壹", "", "罗溪镇"],
    ]
    old: Rows = [["姓名", "身份证号", "类别"], ["旧一", n[3], "低保"], ["旧二", n[4], "低保"]]
    notes: Rows = [["填报说明"], ["一、按镇填报。"], ["二、每月5日前报。"]]
    codes: Rows = [["代码", "名称"], ["1", "城市低保"], ["2", "农村低保"]]

    def hide(_book: Any, sheets: dict[str, Any]) -> None:
        sheets["去年"].hide()
        sheets["字典"].very_hidden()

    return Unseen(
        "分镇名册.xlsx",
        xlsx(
            ("填报说明", notes),
            ("孟河", first),
            ("罗溪", second),
            ("去年", old),
            ("字典", codes),
            ("Sheet2", first),
            change=hide,
        ),
        (
            ("填报说明", False, False, 0),
            ("孟河", False, True, 2),
            ("罗溪", False, True, 2),
            ("去年", True, False, 2),
            ("字典", True, False, 0),
            ("Sheet2", False, True, 0),
        ),
        accepted=3,
        rejected=(("罗溪", 4, "certno", "duplicate_conflict"),),
        skipped=(("罗溪", 3), ("Sheet2", 3), ("Sheet2", 4)),
        covered={2025: 0, 2026: 3},
    )


def the_old_way() -> Unseen:
    """A real .xls from a village: a header in three merged rows, the category in title and file name only."""
    n = [certno(serial) for serial in range(361, 364)]
    book = xlwt.Workbook()
    sheet = book.add_sheet("十二月")
    sheet.write_merge(0, 0, 0, 9, "城市居民低保金发放名册")
    for column, word in enumerate(("序号", "户主姓名", "低保证号", "身份证号码")):
        sheet.write_merge(1, 2, column, column, word)
    sheet.write_merge(1, 1, 4, 5, "保障人数")
    sheet.write(2, 4, "重点保障人数")
    sheet.write(2, 5, "残疾人数")
    sheet.write_merge(1, 1, 6, 7, "领取金额")
    sheet.write(2, 6, "家庭补差")
    sheet.write(2, 7, "重点救助60元")
    sheet.write_merge(1, 2, 8, 8, "领款人签字(章)")
    sheet.write_merge(1, 2, 9, 9, "领款时间")
    x = ending_in_x(9)
    cells: Rows = [
        [1, "卫一", "10001", n[0], 1, "", 600, 60, "", ""],
        [2, "卫二", "10002", int(n[1][:15] + "000"), 2, "", 600, 60, "", ""],
        [3, "卫　三", 10003, x.lower(), 1, 1, 600, 60, "", ""],
        ["合计", "", "", "", 4, 1, 1800, 180, "", ""],
        ["制表人：", "", "", "审批人：", "", "", "", "", "", ""],
    ]
    for at, row in enumerate(cells, 3):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    stream = io.BytesIO()
    book.save(stream)
    name = "十二月"
    return Unseen(
        "城保名册.xls",
        stream.getvalue(),
        ((name, False, True, 3),),
        accepted=2,
        rejected=((name, 5, "certno", "certno_numeric_cell"),),
        repaired=((name, 6, "certno"), (name, 6, "psn_name")),
        skipped=((name, 7), (name, 8)),
        covered={2025: 0, 2026: 2},
    )


BOOKS = (
    printed_in_pages,
    as_agreed_with_the_bureau,
    families_in_one_row,
    a_sheet_for_each_town,
    the_old_way,
)
