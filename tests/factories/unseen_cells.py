"""Rosters as workbooks whose cells are the trouble: numbers for text, dates, words, repetitions."""

from datetime import date
from typing import Any

from tests.factories.roster_files import xlsx
from tests.factories.unseen_rosters import Unseen, certno, mistyped

Rows = list[list[object]]


def with_every_wrong_number() -> Unseen:
    """Person numbers stored as numbers, cut, doubled, of days that are not, and other papers."""
    n = [certno(serial) for serial in range(241, 249)]
    numbers: list[tuple[object, str | None]] = [
        (float(n[0]), "certno_numeric_cell"),
        (320411650518241.0, "certno_numeric_cell"),
        (n[1][:17], "certno_malformed"),
        (n[2] + "0", "certno_malformed"),
        (f"{n[3]}/{n[4]}", "certno_malformed"),
        (certno(1, "19990230"), "certno_date"),
        (certno(1, "20260101"), "certno_date"),
        (mistyped(n[5]), "certno_checksum"),
        ("320411620518241", "certno_malformed"),
        ("E12345678", "certno_malformed"),
        ("户口簿第3页", "certno_malformed"),
        (None, "certno_missing"),
        (certno(1, "19650307", "810000"), None),
        (certno(1, "19400307", "320421"), None),
        (certno(1, "20251231"), None),
        (certno(1, "19650307", "990000"), None),
        (n[6] + "11", "certno_malformed"),
    ]
    rows: Rows = [["序号", "姓名", "身份证件号码", "保障类型"]]
    for at, (cell, _) in enumerate(numbers):
        rows.append([at + 1, f"钱{'甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午'[at]}", cell, "低保"])
    rows.append(["合计", "", 17, ""])
    sheet = "核对"
    wrong = tuple((sheet, at, "certno", code) for at, (_, code) in enumerate(numbers, 2) if code)
    return Unseen(
        "证号核对.xlsx",
        xlsx((sheet, rows)),
        ((sheet, False, True, 17),),
        accepted=4,
        rejected=wrong,
        skipped=((sheet, 19),),
        covered={2025: 0, 2026: 4},
    )


def with_starts_of_every_form() -> Unseen:
    """Starts as text, dates, day numbers and numbers; October or January; days that are not."""
    starts: list[tuple[object, bool]] = [
        ("2024-01", True),
        (45292, True),
        (date(2019, 7, 1), True),
        (2024.1, False),
        (2024.11, True),
        (202401, True),
        ("2024年1月", True),
        ("24.1.5", True),
        ("2024/1/31", True),
        ("2024-02-30", False),
        ("长期", True),
        ("/", True),
        ("", True),
        ("2026.05", False),
        ("2026-01", True),
        ("2024年13月", False),
        ("2024年1月至今", True),
        ("２０２４．０１", True),
        ("2025.6", True),
        ("去年", False),
        ("20250930", True),
    ]
    rows: Rows = [["姓名", "公民身份号码", "人员类别", "享受起始年月"]]
    for at, (cell, _) in enumerate(starts):
        rows.append([f"方{'一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子'[at]}", certno(300 + at), "低保", cell])

    def dated(book: Any, sheets: dict[str, Any]) -> None:
        sheets["起始"].write_datetime(3, 3, date(2019, 7, 1), book.add_format({"num_format": "yyyy-mm"}))

    sheet = "起始"
    return Unseen(
        "起始年月.xlsx",
        xlsx((sheet, rows), change=dated),
        ((sheet, False, True, len(starts)),),
        accepted=16,
        rejected=tuple(
            (sheet, at, "start", "month_invalid") for at, (_, good) in enumerate(starts, 2) if not good
        ),
        repaired=((sheet, 3, "start"),),
        covered={2025: 2, 2026: 16},
    )


def with_every_word_of_change() -> Unseen:
    """Words that end it, in the status and in the remark, and words that do not."""
    ending = ("停保", "停发", "退出", "注销", "死亡", "迁出", "取消", "转特困")
    staying = ("新增", "变更", "恢复", "渐退期", "")
    head = ["姓名", "身份证", "类型", "变动类型", "备注"]
    rows: Rows = [[*head]]
    serial = 330
    for column in (3, 4):
        for word in (*ending, *staying):
            row: list[object] = [
                f"施{'甲乙丙丁戊己庚辛壬癸子丑寅'[serial % 13]}",
                certno(serial),
                "城市低保",
                "",
                "",
            ]
            row[column] = word
            rows.append(row)
            serial += 1
    sheet = "变动"
    return Unseen(
        "变动情况.xlsx",
        xlsx((sheet, rows)),
        ((sheet, False, True, 26),),
        accepted=26,
        covered={2025: 0, 2026: 10},
    )


def with_the_same_people_twice() -> Unseen:
    """Identical rows, other spellings, a move, a wrong name, the householder's number on a child's row."""
    n = [certno(serial) for serial in range(371, 376)]
    rows: Rows = [
        ["姓名", "身份证号", "救助类型", "镇街", "状态"],
        ["王芳", n[0], "农村低保", "孟河镇", ""],
        ["王芳", n[0], "农村低保", "孟河镇", ""],
        ["王 芳", n[0], "农村低保", "孟河镇", ""],
        ["王方", n[0], "农村低保", "孟河镇", ""],
        ["买买提·艾力", n[1], "农村低保", "孟河镇", ""],
        ["买买提•艾力", n[1], "农村低保", "孟河镇", ""],
        ["李四", n[2], "城市低保", "薛家镇", "迁出"],
        ["李四", n[2], "城市低保", "罗溪镇", "新增"],
        ["王小", n[0], "农村低保", "孟河镇", ""],
        ["王小", n[3], "农村低保", "孟河镇", ""],
        ["赵二", n[4], "特困", "孟河镇", ""],
        ["赵二", n[4], "农村低保", "孟河镇", ""],
    ]
    sheet = "名册"
    return Unseen(
        "重复.xlsx",
        xlsx((sheet, rows)),
        ((sheet, False, True, 7),),
        accepted=5,
        rejected=(
            (sheet, 5, "certno", "duplicate_conflict"),
            (sheet, 10, "certno", "duplicate_conflict"),
        ),
        repaired=((sheet, 4, "psn_name"),),
        skipped=tuple((sheet, row) for row in (3, 4, 7, 8, 13)),
        covered={2025: 0, 2026: 5},
    )


def far_from_the_corner() -> Unseen:
    """A list that begins at C5, with a numbered row under its header, gaps, errors written as text."""
    n = [certno(serial) for serial in range(381, 386)]
    empty: list[object] = []

    def row(*cells: object) -> list[object]:
        return ["", "", *cells]

    rows: Rows = [
        empty,
        row("2025年12月城乡居民最低生活保障对象台账"),
        empty,
        empty,
        row("编号", "所属街道", "人员姓名", "公民身份证号码", "身份类别", "手机号码"),
        row(1, 2, 3, 4, 5, 6),
        row(1, "三井街道", "姚一", n[0], "城市低保", "13800000000"),
        row(2, "三井街道", "姚二", "#N/A", "城市低保", "13800000000"),
        empty,
        row(3, "三井街道", "(丙火)玉", n[2], "城市低保", ""),
        row(4, "三井街道", "YAN Li", n[3], "城市低保，低边", ""),
        row(5, "三井街道", "姚□", n[4], "城市低保", ""),
        row("", "", "共 5 人", "", "", ""),
    ]
    sheet = "台账"
    return Unseen(
        "台账.xlsx",
        xlsx((sheet, rows)),
        ((sheet, False, True, 5),),
        accepted=4,
        rejected=((sheet, 8, "certno", "certno_missing"),),
        skipped=((sheet, 6), (sheet, 13)),
        covered={2025: 0, 2026: 4},
    )


CELLS = (
    with_every_wrong_number,
    with_starts_of_every_form,
    with_every_word_of_change,
    with_the_same_people_twice,
    far_from_the_corner,
)
