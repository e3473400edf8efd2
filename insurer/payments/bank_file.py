"""The bank's batch-payment file: one layout, written once, checked by totals.

The layout is the common CSV form with a UTF-8 mark: GBK cannot carry rare characters of names, and a
changed name is a returned payment.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from insurer.kernel.errors import Invalid, Problem
from insurer.kernel.money import parse_yuan, to_yuan

HEADER = ("序号", "收款账号", "收款户名", "收款方开户行", "金额", "用途", "业务编号")
PURPOSE = "低保大病补充保险"
RESULT_HEADER = ("业务编号", "金额", "结果", "原因", "银行流水号")


@dataclass(frozen=True, slots=True)
class PayLine:
    """One payment of a batch; ``reference`` comes back in the bank's result file."""

    line_no: int
    account: str
    holder: str
    bank: str
    amount_fen: int
    reference: str


def write_bank_file(lines: Sequence[PayLine]) -> bytes:
    """Return the file's bytes; amounts in yuan with two decimals, lines end with CR LF."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(HEADER)
    for line in lines:
        amount = to_yuan(line.amount_fen)
        writer.writerow([line.line_no, line.account, line.holder, line.bank, amount, PURPOSE, line.reference])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


@dataclass(frozen=True, slots=True)
class ResultLine:
    """What the bank says of one payment."""

    reference: str
    amount_fen: int
    paid: bool
    reason: str
    bank_ref: str


def read_results(content: bytes, filename: str) -> list[ResultLine]:
    """Read the bank's result file; :class:`Invalid` names each line that cannot be read."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise Invalid(f"“{filename}”不是文本文件，请下载银行的 CSV 回盘文件") from error
    try:
        rows = list(csv.reader(StringIO(text, newline=""), strict=False))
    except csv.Error as error:
        raise Invalid(f"“{filename}”不是完整的 CSV 回盘文件，请重新下载") from error
    if not rows or tuple(cell.strip() for cell in rows[0]) != RESULT_HEADER:
        raise Invalid(f"“{filename}”的表头应为 {'、'.join(RESULT_HEADER)}")
    found, problems = [], []
    for number, row in enumerate(rows[1:], 2):
        cells = [cell.strip() for cell in row] + [""] * len(RESULT_HEADER)
        reference, amount, result, reason, bank_ref = cells[:5]
        if not reference:
            continue
        where = f"{filename} 第 {number} 行"
        if result not in ("成功", "失败"):
            problems.append(Problem("结果", "只认“成功”或“失败”", where))
            continue
        try:
            found.append(ResultLine(reference, parse_yuan(amount), result == "成功", reason, bank_ref))
        except ValueError as error:
            problems.append(Problem("金额", str(error), where))
    if not found and not problems:
        raise Invalid(f"“{filename}”里没有付款结果，请核对是不是下载完整")
    if problems:
        raise Invalid("回盘文件有读不懂的行，这次没有入账", tuple(problems))
    return found
