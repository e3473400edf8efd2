"""What in a bank's results contradicts the batch, or what was entered before; pure."""

from collections.abc import Mapping, Sequence

from insurer.kernel.errors import Problem
from insurer.kernel.money import to_yuan
from insurer.payments.bank_file import ResultLine
from insurer.payments.tables import PaymentInstruction


def contradictions(known: Mapping[str, PaymentInstruction], results: Sequence[ResultLine]) -> list[Problem]:
    """Return each unknown number, other amount and contradicting result; nothing is entered then."""
    found = []
    said: dict[str, bool] = {}
    for result in results:
        line, where = known.get(result.reference), f"付款单 {result.reference[:40]}"
        if line is None:
            message = "不在这个批次里，请核对是不是别的批次的回盘"
            found.append(Problem("业务编号", message, where))
        elif line.amount_fen != result.amount_fen:
            message = f"批次里是 {to_yuan(line.amount_fen)} 元，请找银行核对"
            found.append(Problem("金额", message, where))
        elif said.setdefault(result.reference, result.paid) != result.paid:
            found.append(Problem("结果", "这份回盘里有两种结果，请找银行核对", where))
        elif line.state != "sent" and (line.state == "paid") != result.paid:
            entered = "成功" if line.state == "paid" else "失败"
            message = f"已经登记为{entered}，这次不同。请找银行核对"
            found.append(Problem("结果", message, where))
    return found
