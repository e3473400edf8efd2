"""One invented letter of every kind, for previews, tests and measuring; no real person appears."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from insurer.kernel.dates import SHANGHAI
from insurer.notices.catalogue import NoticeKind, letter_number
from insurer.notices.citations import cite
from insurer.notices.decision_letters import DecisionLetter, RefusalLetter
from insurer.notices.guides import xinbei_guide
from insurer.notices.letters import (
    Account,
    EnrolmentLetter,
    Letter,
    Limit,
    MissingPapersLetter,
    Office,
    Paper,
    Payer,
    ReceiptLetter,
    Refused,
    Share,
    Visit,
    WantedPaper,
)
from insurer.notices.money_letters import AdvanceLetter, RecoveryLetter, ReturnAccount
from insurer.notices.production import letter_pdf
from insurer.notices.reasons import everyday_reason, headline_reason
from insurer.notices.review_letters import ReviewResultLetter

OFFICE = Office(
    company="示例保险股份有限公司常州中心支公司",
    address="常州市新北区示例路 1 号",
    phone="0519-0000 0000",
    hours="周一到周五 9:00 到 17:00",
    outlets="各镇、街道理赔点",
    scheme_name="新北区低保对象大病补充保险",
    bureau="新北区人社局",
    identity_matter="低保和参保身份",
)
_SCHEME = "changzhou-xinbei"


def _number(kind: NoticeKind, sequence: int) -> str:
    return letter_number(_SCHEME, kind, 2026, sequence)


_VISIT = Visit(
    manner="住院",
    hospital="龙城中心医院",
    begins=date(2026, 10, 1),
    ends=date(2026, 10, 15),
    settlement="SETL20261015088213",
    invoices=("32060126-0041873305",),
    total_fen=6_087_937,
    borne_fen=1_787_937,
    pays_fen=1_059_295,
)

DECISION = DecisionLetter(
    office=OFFICE,
    number=_number(NoticeKind.DECISION, 1283),
    issued_on=date(2026, 11, 18),
    addressee="张桂芳",
    handler="王建国",
    case_number="XB2026-001283",
    patient="张桂芳",
    amount_fen=1_059_295,
    account=Account(holder="张桂芳", medium="社会保障卡", tail="6617"),
    pay_by=date(2026, 11, 27),
    visits=(_VISIT,),
    total_fen=6_087_937,
    payers=(
        Payer(label="基本医保付了", amount_fen=2_700_000),
        Payer(label="大病保险付了", amount_fen=0),
        Payer(label="医疗救助付了", amount_fen=1_200_000),
        Payer(label="惠民保付了", amount_fen=400_000),
        Payer(label="慈善救助付了", amount_fen=0),
        Payer(label="医院承担", amount_fen=0),
    ),
    borne_fen=1_787_937,
    shares=(
        Share(label="医保目录内的费用（甲类、乙类）", amount_fen=804_617, how="全部", pays_fen=804_617),
        Share(label="保障范围内的其他费用", amount_fen=509_356, how="一半", pays_fen=254_678),
        Share(label="不能赔的费用", amount_fen=473_964, how="不赔", pays_fen=0, refused=True),
    ),
    limits=(Limit(covers="其他费用", annual_fen=2_000_000, used_fen=896_678),),
    refused=(
        Refused(
            what="可降解硬膜补片",
            amount_fen=580_000,
            reason=everyday_reason("unit_price_threshold", unit_price_fen=580_000, unit="片"),
            basis=cite("XB-二(二)4"),
        ),
    ),
    refused_cover="惠民保",
)

_MANY = (
    ("中药饮片（白糖参）", 12_840, "nonpayable_herb", "XB-二(二)9"),
    ("特需病房床位费差额", 84_000, "special_service", "XB-二(二)6"),
    ("磁控胶囊胃镜检查", 360_000, "new_expensive", "XB-二(二)4"),
    ("陪护生活用品", 6_650, "unrelated", "XB-二(二)6"),
    ("进口营养冲剂", 23_800, "non_pharmacopoeia_drug", "XB-二(二)9"),
)
_LINES = tuple(
    Refused(
        what=f"{what}（第 {index // 5 + 1} 次）",
        amount_fen=fen,
        reason=everyday_reason(code),
        basis=cite(clause),
    )
    for index in range(30)
    for what, fen, code, clause in (_MANY[index % 5],)
)
_REFUSED_FEN = sum(line.amount_fen for line in _LINES)

LONG_DECISION = replace(
    DECISION,
    number=_number(NoticeKind.DECISION, 1284),
    case_number="XB2026-001284",
    addressee="陆𠮷祥",
    patient="陆䶮",
    account=Account(holder="陆𠮷祥", tie="儿子", medium="银行卡", tail="0042"),
    pay_by=date(2027, 1, 5),
    visits=(
        replace(_VISIT, total_fen=4_000_000, borne_fen=787_937, pays_fen=259_295),
        replace(
            _VISIT,
            begins=date(2026, 12, 28),
            ends=date(2027, 1, 2),
            settlement="SETL20270102000017",
            invoices=("32060126-0041873306", "32060126-0041873307"),
            total_fen=1_387_937 + _REFUSED_FEN,
            borne_fen=300_000 + _REFUSED_FEN,
            pays_fen=300_000,
        ),
    ),
    total_fen=5_387_937 + _REFUSED_FEN,
    payers=(
        Payer(label="基本医保付了", amount_fen=3_000_000),
        Payer(label="大病保险付了", amount_fen=0),
        Payer(label="医疗救助付了", amount_fen=1_300_000),
        Payer(label="惠民保付了", amount_fen=0),
        Payer(label="慈善救助付了", amount_fen=0),
    ),
    borne_fen=1_087_937 + _REFUSED_FEN,
    amount_fen=559_295,
    shares=(
        Share(label="医保目录内的费用（甲类、乙类）", amount_fen=30_653, how="全部", pays_fen=30_653),
        Share(label="保障范围内的其他费用", amount_fen=1_057_284, how="一半", pays_fen=528_642),
        Share(label="不能赔的费用", amount_fen=_REFUSED_FEN, how="不赔", pays_fen=0, refused=True),
    ),
    limits=(Limit(covers="其他费用", annual_fen=2_000_000, used_fen=2_000_000),),
    refused=_LINES,
    refused_cover=None,
)

REFUSAL = RefusalLetter(
    office=OFFICE,
    number=_number(NoticeKind.REFUSAL, 27),
    issued_on=date(2026, 7, 6),
    addressee="沈阿宝",
    handler="李文静",
    case_number="XB2026-000911",
    patient="沈阿宝",
    gist=headline_reason("not_insured"),
    decided_on=date(2026, 7, 4),
    applied_on=date(2026, 6, 22),
    visits=(
        replace(
            _VISIT,
            manner="看门诊",
            begins=date(2026, 5, 31),
            ends=date(2026, 5, 31),
            settlement="SETL20260531000402",
            invoices=("32060126-0011200458",),
            total_fen=100_000,
            borne_fen=50_000,
            pays_fen=0,
        ),
    ),
    facts=(
        "新北区的名册写明，您的低保是 2026年6月17日批下来的。",
        "保障从 6月1日开始，这张票据是 5月31日结算的，早了一天。",
        "6月1日以后看病的费用可以赔，请把票据交给我们。",
    ),
    refused=(
        Refused(
            what="2026年5月31日门诊费用",
            amount_fen=50_000,
            reason=everyday_reason("not_insured"),
            basis=cite("XB-二(一)"),
        ),
    ),
    returned=(
        Paper(name="门诊票据", pages=1, form="原件"),
        Paper(name="费用明细清单", pages=2, form="原件"),
    ),
)

MISSING_PAPERS = MissingPapersLetter(
    office=OFFICE,
    number=_number(NoticeKind.MISSING_PAPERS, 12),
    issued_on=date(2026, 1, 5),
    addressee="钱小妹",
    handler="顾晓燕",
    case_number="XB2026-000015",
    patient="钱小妹",
    received_on=date(2026, 1, 4),
    papers=(
        WantedPaper(
            what="费用明细清单（10 月住院）",
            why="要逐项看哪些能赔",
            instead="医院自助机打的清单，拍照也可以",
            issuer="医院住院结算处",
        ),
        WantedPaper(
            what="惠民保赔付结果",
            why="惠民保先赔，剩下的我们再赔",
            instead="没有买惠民保的，写一句“没有买”并签名",
            issuer="惠民保客服，或手机上截图",
        ),
    ),
)

RECEIPT = ReceiptLetter(
    office=OFFICE,
    number=_number(NoticeKind.RECEIPT, 1301),
    issued_on=date(2026, 11, 2),
    addressee="张桂芳",
    handler="王建国",
    case_number="XB2026-001283",
    patient="张桂芳",
    received_at=datetime(2026, 11, 2, 9, 38, tzinfo=SHANGHAI),
    channel="镇理赔点当面递交",
    handed_in_by="张桂芳",
    tie="本人",
    papers=(
        Paper(name="赔付申请书", pages=1, form="原件"),
        Paper(name="医疗票据（住院）", pages=1, form="原件"),
        Paper(name="费用明细清单", pages=6, form="原件"),
        Paper(name="医保结算单", pages=2, form="复印件"),
        Paper(name="出院记录", pages=3, form="复印件"),
    ),
    decide_by=date(2026, 12, 2),
    next_step="我们先看材料齐不齐，再逐项核对费用，最后由另一个人复核。",
)

_GUIDE = xinbei_guide(year=2026, other_limit_fen=2_000_000)
ENROLMENT = EnrolmentLetter(
    office=OFFICE,
    number=_number(NoticeKind.ENROLMENT, 3268),
    issued_on=date(2026, 1, 5),
    addressee="周建华",
    handler="王建国",
    year=2026,
    covered_from=date(2026, 1, 1),
    covered_until=date(2026, 12, 31),
    headline=_GUIDE.headline,
    who=_GUIDE.who,
    benefits=_GUIDE.benefits,
    order=_GUIDE.order,
    exclusions=_GUIDE.exclusions,
    papers=_GUIDE.papers,
    deadline=_GUIDE.deadline,
    data_use=_GUIDE.data_use,
    document=_GUIDE.document,
)

REVIEW_RESULT = ReviewResultLetter(
    office=OFFICE,
    number=_number(NoticeKind.REVIEW_RESULT, 7),
    issued_on=date(2026, 12, 1),
    addressee="张桂芳",
    handler="顾晓燕",
    case_number="XB2026-001283",
    patient="张桂芳",
    matter="复核",
    review_number="XB-R2026-0007",
    filed_on=date(2026, 11, 20),
    decided_on=date(2026, 12, 1),
    changed=False,
    reasons=(
        "我们对照票据和清单，把第 1 行植入材料又查了一遍。清单写明单价 5,800.00 元，属于医保目录以外的材料。"
        "文件规定单价 5,000 元及以上的这类材料不赔，所以这一行仍然不能赔。"
    ),
)

ADVANCE = AdvanceLetter(
    office=OFFICE,
    number=_number(NoticeKind.ADVANCE, 4),
    issued_on=date(2026, 11, 18),
    addressee="张桂芳",
    handler="王建国",
    case_number="XB2026-001283",
    patient="张桂芳",
    amount_fen=800_000,
    account=Account(holder="张桂芳", medium="社会保障卡", tail="6617"),
    pay_by=date(2026, 11, 30),
    applied_on=date(2026, 9, 18),
    reason="目录内的费用已经核对清楚，不受慈善救助结果的影响。",
    open_points="慈善救助还没有答复，其他费用要等它付了多少才能算。",
)

RECOVERY = RecoveryLetter(
    office=OFFICE,
    number=_number(NoticeKind.RECOVERY, 3),
    issued_on=date(2026, 12, 1),
    addressee="张桂芳",
    handler="王建国",
    case_number="XB2026-001283",
    patient="张桂芳",
    paid_fen=1_059_295,
    due_fen=859_295,
    amount_fen=200_000,
    account=Account(holder="张桂芳", medium="社会保障卡", tail="6617"),
    cause="结算单或前面各方付的钱有更正，我们重新算过，应付的比原来少。",
    basis=(cite("XB-一"),),
    rule="前面各方都付过以后，只付还由个人负担的费用",
    return_by=date(2026, 12, 31),
    return_account=ReturnAccount(
        holder=OFFICE.company, bank="示例银行常州新北支行", number="3200 0000 0000 0000 012"
    ),
)

CORRECTED: dict[str, Letter] = {
    "less": replace(
        DECISION,
        paid_fen=1_200_000,
        cause=RECOVERY.cause,
        basis=RECOVERY.basis,
        rule=RECOVERY.rule,
    ),
    "more": replace(DECISION, paid_fen=400_000),
    "same": replace(DECISION, paid_fen=DECISION.amount_fen),
    "refused-after-payment": replace(REFUSAL, paid_fen=1_059_295),
}
"""Letters of decisions that were made anew after something was paid."""

_EVERY = (ENROLMENT, RECEIPT, MISSING_PAPERS, DECISION, REFUSAL, REVIEW_RESULT, ADVANCE, RECOVERY)
SPECIMENS: dict[NoticeKind, Letter] = {letter.kind: letter for letter in _EVERY}
"""The plain example of each kind; :data:`LONG_DECISION` is the hard one for page breaks and rare names."""


def main() -> None:
    """Write every specimen into ``build/letters``, for eyes: ``python -m insurer.notices.specimens``."""
    folder = Path("build/letters")
    folder.mkdir(parents=True, exist_ok=True)
    for name, letter in {
        **{kind.value: one for kind, one in SPECIMENS.items()},
        "long": LONG_DECISION,
        **CORRECTED,
    }.items():
        (folder / f"{name}.pdf").write_bytes(letter_pdf(letter))


if __name__ == "__main__":
    main()
