"""What a refused row says to the clerk: the cell, the fact, and what the sender should do."""

from datetime import date
from typing import Final

from insurer.kernel.dates import chinese_date

_CERTNO: Final[dict[tuple[str, str], str]] = {
    ("certno_missing", ""): "没有身份证号。请发送单位补上 18 位证号后重发。",
    ("certno_numeric_cell", ""): "身份证号以数字格式保存，末三位已丢失。请发送单位改成文本格式重发。",
    (
        "certno_malformed",
        "scientific",
    ): "身份证号被存成了 3.2E+17 的样子，后几位已丢失。请发送单位改成文本格式重发。",
    ("certno_malformed", "fifteen"): "身份证号是 15 位，系统里没有对得上的人。请发送单位补 18 位证号。",
    ("certno_malformed", "disability_card"): "这里填的像残疾人证号，有 20 位。请发送单位改填身份证号。",
    ("certno_malformed", "several"): "一格里有两个身份证号。请发送单位一人一行重发。",
    ("certno_malformed", "letters"): "身份证号里有不该有的字。请发送单位对照身份证更正。",
    ("certno_checksum", ""): "身份证号末位对不上，有一位写错了。请发送单位对照身份证更正。",
    ("certno_date", ""): "身份证号里的出生日期不对，日历上没有或在名册月份以后。请发送单位更正。",
    ("name_missing", "long"): "姓名一格里的字太多，不是一个人的姓名。请发送单位一人一行重发。",
    ("name_missing", ""): "没有姓名。请发送单位补上姓名后重发。",
    ("category_unknown", ""): "没有写保障类别。请发送单位补上类别后重发。",
    ("category_unknown", "shared"): "单人保只保一人，合并的格子看不出是哪一人。请发送单位逐人写明。",
    (
        "month_invalid",
        "ambiguous",
    ): "起始年月写成 {value}，分不清 1 月还是 10 月。请发送单位写成 2024-01 或 2024-10。",
    ("month_invalid", "future"): "起始年月 {value} 比名册月份晚。请发送单位核对后重发。",
    ("month_invalid", ""): "起始年月“{value}”读不出来。请发送单位写成 2024-01 这样重发。",
}


def column_letters(column: int) -> str:
    """Return the letters of a column counted from 0, as spreadsheets show them."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_of(letters: bytes) -> int:
    """Return the column that letters name, counted from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def place(row: int, column: int) -> str:
    """Name a cell as a clerk looks it up; ``row`` from 1, ``column`` from 0."""
    return f"{column_letters(column)}{row} 格"


def refusal(code: str, detail: str, where: str, value: str = "") -> str:
    """Return the sentence for a refused row; ``value`` is shown only where it is not personal."""
    if (code, detail) == ("certno_malformed", "length"):
        return f"{where}：身份证号是 {value} 位，应为 18 位。请发送单位对照身份证更正。"
    if (code, detail) == ("category_unknown", "words"):
        return f"{where}：不认识保障类别“{value[:20]}”。请发送单位改用通用的类别名称。"
    if code == "duplicate_conflict":
        return f"{where}：这个身份证号已在{value}出现，姓名不同。请发送单位核对是谁的。"
    sentence = _CERTNO.get((code, detail)) or _CERTNO[(code, "")]
    return f"{where}：{sentence.format(value=value[:20])}"


def other_month(title: str, found: date, month: date) -> str:
    """Warn that the file's title names another month than the one it is imported for."""
    written, asked = chinese_date(found)[:-2], chinese_date(month)[:-2]
    return f"“{title[:30]}”写的是 {written}，这次导入的是 {asked}。请核对月份。"
