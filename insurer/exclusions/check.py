"""The exclusion check of fee lines (XB-二(二)3, 4, 6, 7, 9): pure rules over lists loaded once.

``excluded`` takes money from a poor family and is said only when name, code or price leave no doubt; where
context is missing the answer is ``review``; everything else is ``covered``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from insurer.exclusions.bill import Charge, charges, lone_charge, split_charges, standing_alone
from insurer.exclusions.editions import DayLists, Edition, package_edition
from insurer.exclusions.herbs import Piece
from insurer.exclusions.lexicon import Hit
from insurer.exclusions.named_items import Named, find_by_chapter, find_named
from insurer.exclusions.names import BORDER, without_borders, without_measure
from insurer.exclusions.price import CONCERNED, WORDS, Threshold, threshold_of, yuan_text
from insurer.exclusions.reading import Line, read_line
from insurer.schemes.line_check import BillFacts, LineVerdict

COVERED = LineVerdict("covered", because="未发现除外情形，按可赔处理。")
_REFUNDED = LineVerdict("covered", because="这一行已全部退费，不影响赔付。")
_EXPENSIVE_CLAUSE = "XB-二(二)4"
_SERVICE_CLAUSE = "XB-二(二)6"
_RETAIL_CLAUSE = "XB-二(二)7"
_DRUG_CLAUSE = "XB-二(二)9"
_PLAIN_NEVER = frozenset(("阿胶", "鹿茸", "麝香", "燕窝", "蜂胶", "牛黄"))
_CHAPTERS = {
    "1105": ("unrelated", "体检费"),
    "1107": ("special_service", "取暖费"),
    "1108": ("special_service", "空调降温费"),
    "1401": ("unrelated", "尸体料理"),
}
_CHAPTER_ASKS = frozenset(("1105",))


def check_lines(
    lines: Sequence[Mapping[str, Any]], bill: BillFacts, edition: Edition | None = None
) -> list[LineVerdict]:
    """Judge all lines of one bill together, one verdict a line, in order.

    ``edition`` are the lists, those of the package when it is left out; the bill's date chooses within them.
    Refund lines share the verdict of what they take back; pieces are seen within their prescription; the same
    item charged in several lines just below the threshold is flagged. Raises :class:`Invalid` for readings or
    a threshold that cannot be read.
    """
    threshold = threshold_of(bill)
    lists = (edition or package_edition()).on(bill.on)
    if len(lines) == 1 and not lines[0].get("rx_drord_no"):
        return [
            _judge(
                read_line(lines[0]), lone_charge(lines[0]), bill, lists, threshold, alone=None, split=False
            )
        ]
    read = [read_line(line) for line in lines]
    netted = charges(lines)
    herbs = {
        index: _listed_alone(one, lists)
        for index, one in enumerate(read)
        if one.kind == "herb" and netted[index].leader == index and not netted[index].gone
    }
    alone, company = standing_alone(lines, herbs) if herbs else (frozenset[int](), frozenset[int]())
    split = _split(lines, read, netted, threshold)
    verdicts: dict[int, LineVerdict] = {}
    for index, charge in enumerate(netted):
        if charge.leader == index:
            stands = True if index in alone else False if index in company else None
            verdicts[index] = _judge(
                read[index], charge, bill, lists, threshold, alone=stands, split=index in split
            )
    return [verdicts[charge.leader] for charge in netted]


def check_item(
    line: Mapping[str, Any],
    bill: BillFacts = BillFacts(),  # noqa: B008 (frozen)
    edition: Edition | None = None,
) -> LineVerdict:
    """Judge one line without its bill: what only the other lines could tell stays a question."""
    lists = (edition or package_edition()).on(bill.on)
    return _judge(
        read_line(line), lone_charge(line), bill, lists, threshold_of(bill), alone=None, split=False
    )


def _judge(
    line: Line,
    charge: Charge,
    bill: BillFacts,
    lists: DayLists,
    threshold: Threshold,
    *,
    alone: bool | None,
    split: bool,
) -> LineVerdict:
    if charge.gone:
        return _REFUNDED
    retail = _retail(line, bill)
    if retail is not None and retail.decision == "excluded":
        return retail
    questions = [retail] if retail is not None else []
    for verdict in (
        _herb(line, lists, alone),
        _named(line, charge, lists, threshold),
        *_worded(line, charge, lists, threshold),
        _priced(line, charge, threshold),
        _by_chapter(line),
        _split_verdict(line, charge, threshold) if split else None,
    ):
        if verdict is None:
            continue
        if verdict.decision == "excluded":
            return verdict
        questions.append(verdict)
    return questions[0] if questions else COVERED


def _retail(line: Line, bill: BillFacts) -> LineVerdict | None:
    if bill.institution_kind != "pharmacy" and not bill.med_type.startswith("41"):
        return None
    if line.kind == "material":
        because = (
            "零售药店购买的医用材料，“双通道”只放开药品，不予支付。"
            if bill.dual_channel
            else "零售药店购买的医用材料，不予支付。"
        )
        return LineVerdict("excluded", "retail_pharmacy", _RETAIL_CLAUSE, "零售药店", because)
    if bill.dual_channel:
        return None
    if line.kind in ("drug", "herb", ""):
        return LineVerdict(
            "excluded",
            "retail_pharmacy",
            _RETAIL_CLAUSE,
            "零售药店",
            "零售药店购药，未纳入“双通道”，不予支付。",
        )
    return LineVerdict(
        "review",
        "retail_pharmacy",
        _RETAIL_CLAUSE,
        "零售药店",
        "零售药店收取的服务项目，请核对是否属于购药或材料费用。",
    )


def _listed_alone(line: Line, lists: DayLists) -> bool:
    """Tell whether a piece is one that is not paid when prescribed alone (a plain form of the list)."""
    piece = lists.herbs.find(line.names, line.code) if lists.herbs is not None else None
    return piece is not None and piece.standing == "single" and piece.exact


def _herb(line: Line, lists: DayLists, alone: bool | None) -> LineVerdict | None:
    herbs = lists.herbs
    if herbs is None or line.kind not in ("herb", "", "drug") or (line.kind == "drug" and line.of_drug):
        return None
    piece = herbs.find(line.names, line.code)
    if piece is None or (line.kind == "drug" and (piece.standing != "never" or line.level == "in")):
        return None
    pending = "（该日期适用的名单待主管部门确认）" if herbs.status == "placeholder" else ""
    if piece.standing == "never":
        sure = line.kind == "herb" or (
            line.kind == "" and (len(piece.matched) > 2 or piece.matched in _PLAIN_NEVER)
        )
        if sure and line.level == "in" and herbs.status == "placeholder":
            return _ask_herb(
                piece,
                f"“{piece.matched}”属单味、复方均不支付的饮片（{piece.listed}），明细却标为甲、乙类，请核对。",
            )
        if sure:
            return _herb_verdict(
                piece,
                f"“{piece.matched}”属基本医保单味、复方均不支付的饮片（{piece.listed}），不予支付{pending}。",
            )
        return _ask_herb(piece, f"“{piece.matched}”与不予支付的饮片同名，请核对是中药饮片还是成药。")
    if piece.standing == "ask":
        return _ask_herb(piece, f"“{piece.matched}”与不予支付的饮片相近（{piece.listed}），请核对品种。")
    if alone is False:
        return None
    if alone and piece.exact:
        return _herb_verdict(
            piece,
            f"“{piece.matched}”单味使用不予支付（{piece.listed}），本处方没有其他可支付的饮片{pending}。",
        )
    if line.kind == "":
        return None if len(piece.matched) < 3 and piece.code is None else _ask_alone(piece)
    return _ask_alone(piece)


def _ask_alone(piece: Piece) -> LineVerdict:
    return _ask_herb(
        piece, f"“{piece.matched}”单味使用不予支付、复方可支付（{piece.listed}），请看处方是否只有这一味。"
    )


def _herb_verdict(piece: Piece, because: str) -> LineVerdict:
    return LineVerdict("excluded", "nonpayable_herb", _DRUG_CLAUSE, piece.matched, because)


def _ask_herb(piece: Piece, because: str) -> LineVerdict:
    return LineVerdict("review", "nonpayable_herb", _DRUG_CLAUSE, piece.matched, because)


def _named(line: Line, charge: Charge, lists: DayLists, threshold: Threshold) -> LineVerdict | None:
    folded = lists.without_spared(line.folded) if lists.spared else line.folded
    found: Named | None = find_named(folded, line.kind)
    if line.chapter is not None and (found is None or found.decision == "review"):
        found = find_by_chapter(line.chapter, line.folded) or found
    if found is None:
        return None
    if found.decision == "review":
        return LineVerdict(
            "review",
            "new_expensive",
            _EXPENSIVE_CLAUSE,
            found.matched,
            f"名称或编码含“{found.matched}”，请核对是否为{found.item}。",
        )
    return _named_verdict(found.item, found.matched, charge, threshold)


def _named_verdict(item: str, matched: str, charge: Charge, threshold: Threshold) -> LineVerdict | None:
    """Apply the reading ``named_items`` to an item the policy names (XB-二(二)4, ambiguity B5)."""
    if threshold.named_always:
        because = f"“{matched}”是政策点名的项目（{item}），不论单价，不予支付。"
        return LineVerdict("excluded", "new_expensive", _EXPENSIVE_CLAUSE, matched, because)
    price = charge.amount if threshold.by_line else charge.unit_price
    if price is None:
        because = f"“{matched}”是政策点名的项目（{item}），按口径达到限额才除外，请补单价。"
        return LineVerdict("review", "new_expensive", _EXPENSIVE_CLAUSE, matched, because)
    if not threshold.reached(price):
        return None
    reached = f"单价 {yuan_text(price)}，达到 {yuan_text(threshold.amount)}限额"
    because = f"“{matched}”是政策点名的项目（{item}），{reached}，不予支付。"
    return LineVerdict("excluded", "new_expensive", _EXPENSIVE_CLAUSE, matched, because)


def _worded(line: Line, charge: Charge, lists: DayLists, threshold: Threshold) -> list[LineVerdict]:
    lexicon = lists.lexicon
    hits = lexicon.hits(line.folded, line.kind)
    if not hits and BORDER in line.folded:
        flat = without_borders(line.folded)
        # A word that only appears once brackets are gone may be two words: it asks and never excludes.
        hits = tuple(hit._replace(decision="review") for hit in lexicon.hits(flat, line.kind))
    if not hits and line.folded[-1:].isalnum():
        short = without_measure(line.folded)
        hits = lexicon.hits(short, line.kind) if short != line.folded else hits
    result: list[LineVerdict] = []
    for hit in hits:
        if line.kind == "herb" and hit.concept.list_id != "unclear":
            continue  # pieces have a list of their own; only a heading instead of a name is looked at
        verdict = _word_verdict(hit, line, charge, threshold)
        if verdict is not None:
            result.append(verdict)
    return result


def _word_verdict(hit: Hit, line: Line, charge: Charge, threshold: Threshold) -> LineVerdict | None:
    concept = hit.concept
    if concept.outside_only and (line.level == "in" or line.of_drug):
        return None
    if (
        not concept.below_threshold
        and charge.unit_price is not None
        and not threshold.reached(charge.unit_price)
    ):
        return None
    if hit.decision == "review" or (line.kind == "drug" and line.level == "in"):
        because = f"名称含“{hit.word}”（{concept.name}），仅凭名称不能判断，请人工核对。"
        return LineVerdict("review", concept.code, concept.clause, hit.word, because)
    if concept.code == "new_expensive":
        return _named_verdict(concept.name, hit.word, charge, threshold)
    because = f"名称含“{hit.word}”，属于{concept.name}，按{_REASONS[concept.code or '']}不予支付。"
    return LineVerdict("excluded", concept.code, concept.clause, hit.word, because)


_REASONS = {
    "transplant_source": "移植的器官源、组织源",
    "special_service": "特需服务",
    "unrelated": "与疾病诊疗无关的费用",
    "nonpayable_herb": "不予支付的饮片",
    "non_pharmacopoeia_drug": "药典范围以外的药品",
}


def _priced(line: Line, charge: Charge, threshold: Threshold) -> LineVerdict | None:
    """Apply the price threshold; blank levels and services of another category are for a person."""
    if line.level == "in" or (line.kind in ("drug", "herb") and not threshold.all_kinds):
        return None
    if charge.unreadable is not None and (charge.unit_price is None or threshold.by_line):
        because = f"{charge.unreadable}，读不出金额，请核对后再定是否超过 {yuan_text(threshold.amount)}限额。"
        return LineVerdict("review", "unit_price_threshold", _EXPENSIVE_CLAUSE, None, because)
    price = charge.amount if threshold.by_line else charge.unit_price
    if price is None and charge.amount is not None and threshold.reached(charge.amount):
        because = f"这一行 {yuan_text(charge.amount)}，没有写单价和数量，请核对单价是否达到限额。"
        return LineVerdict("review", "unit_price_threshold", _EXPENSIVE_CLAUSE, None, because)
    if price is None or not threshold.reached(price):
        return None
    basis = "整行金额" if threshold.by_line else "单价"
    said = f"{basis} {yuan_text(price)}，达到 {yuan_text(threshold.amount)}限额"
    what = WORDS.get(line.kind, "项目")
    if line.level == "out" and (line.kind in CONCERNED or threshold.all_kinds):
        because = f"医保目录外的{what}，{said}，不予支付。"
        return LineVerdict("excluded", "unit_price_threshold", _EXPENSIVE_CLAUSE, yuan_text(price), because)
    missing = "没有写明收费等级" if not line.level else "不属检查、化验、治疗、材料四类收费"
    because = f"{said}，但{missing}，请核对是否为目录外的检查、化验、治疗或材料。"
    return LineVerdict("review", "unit_price_threshold", _EXPENSIVE_CLAUSE, yuan_text(price), because)


def _by_chapter(line: Line) -> LineVerdict | None:
    if line.chapter is None or line.chapter.prefix not in _CHAPTERS:
        return None
    code, item = _CHAPTERS[line.chapter.prefix]
    if line.chapter.national and line.chapter.prefix not in _CHAPTER_ASKS:
        because = f"编码 {line.chapter.code} 属{item}，按{_REASONS[code]}不予支付。"
        return LineVerdict("excluded", code, _SERVICE_CLAUSE, line.chapter.code, because)
    because = f"编码 {line.chapter.code} 的章节是{item}，请核对是否属于{_REASONS[code]}。"
    return LineVerdict("review", code, _SERVICE_CLAUSE, line.chapter.code, because)


def _split(
    lines: Sequence[Mapping[str, Any]], read: Sequence[Line], netted: Sequence[Charge], threshold: Threshold
) -> frozenset[int]:
    if threshold.by_line:
        return frozenset()
    candidates = {}
    for index, (one, charge) in enumerate(zip(read, netted, strict=True)):
        if charge.leader == index and not charge.gone and one.level == "out" and one.kind in CONCERNED:
            price = charge.unit_price
            if price is not None and not threshold.reached(price):
                candidates[index] = (one.code or one.folded, price)
    return split_charges(lines, candidates, threshold.amount) if len(candidates) > 1 else frozenset()


def _split_verdict(line: Line, charge: Charge, threshold: Threshold) -> LineVerdict:
    price = yuan_text(charge.unit_price) if charge.unit_price is not None else None
    reached = f"合计达到 {yuan_text(threshold.amount)}"
    because = f"同一项目分多行收费，单价 {price}，{reached}，请核对是否把一次收费拆开。"
    return LineVerdict("review", "unit_price_threshold", _EXPENSIVE_CLAUSE, price, because)
