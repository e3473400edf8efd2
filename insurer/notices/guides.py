"""What a covered person should know of each scheme, in plain words, for the enrolment letter.

Own words for old readers, not the policy's text. Only what a dated parameter decides is an argument.
"""

from dataclasses import dataclass

from insurer.kernel.money import display
from insurer.notices.citations import NANTONG_DOCUMENT, XINBEI_DOCUMENT


@dataclass(frozen=True, slots=True)
class Guide:
    """The scheme-wide parts of an enrolment letter."""

    headline: str
    who: str
    benefits: tuple[str, ...]
    order: str
    exclusions: tuple[str, ...]
    papers: tuple[str, ...]
    deadline: str
    data_use: str
    document: str


_PAPERS = (
    "身份证或户口簿；家里人代办的，带代办人的身份证。",
    "医疗票据、费用明细清单和医保结算单。",
    "住院的带出院记录；看门诊的带病历或处方。",
    "银行卡或社会保障卡。",
)
_DATA_USE = "名单由主管部门提供，只用来办这项保障。我们不会把您的病情告诉别人。您可以来查、来改自己的信息。"


def xinbei_guide(*, year: int, other_limit_fen: int, provisional: bool = False) -> Guide:
    """Changzhou Xinbei: cover (XB-二(一)), exclusions 1-9 (XB-二(二)), benefits (XB-三).

    ``other_limit_fen`` is the year's limit of the 50 % part from the contract; ``provisional`` says that the
    contract's own figure is not known yet.
    """
    return Guide(
        headline=f"您已经有了 {year} 年低保大病补充保险。",
        who="新北区参加了居民医保的低保对象：去年 12 月在册的，或者今年批下来的。",
        benefits=(
            "医保目录里（甲类、乙类）自己付的钱：全部赔，没有上限。",
            f"目录外、又在保障范围里的钱：赔一半，一年最多 {display(other_limit_fen)} 元"
            f"{'（暂定，正式的数定了再告诉您）' if provisional else ''}。",
        ),
        order="先后顺序：基本医保、大病保险、医疗救助、惠民保、慈善救助都报过以后，剩下的由我们来赔。",
        exclusions=(
            "没办转诊，又不是在定点医院住院的费用。",
            "发票和结算清单上没有的费用。",
            "移植用的器官、组织来源的费用。",
            "新型、昂贵的项目：中子刀、PET-CT、胶囊镜，"
            "以及目录外单价 5,000 元以上的检查、化验、治疗和特殊材料。",
            "违反法律法规产生的费用。",
            "和治病无关的费用，特需服务的费用。",
            "在药店自己买药、买特殊材料的费用（“双通道”药除外）。",
            "在国外和港澳台看病的费用。",
            "药典以外的药，医保规定不能报的中药。",
        ),
        papers=_PAPERS,
        deadline=f"看完病、医保结算好就可以来办。"
        f"{year} 年的费用，最好在 {year + 1}年3月31日前来办；晚了也请来问。",
        data_use=_DATA_USE,
        document=XINBEI_DOCUMENT,
    )


def nantong_guide(*, year: int, rate_percent: int, outpatient_limit_fen: int, shared_limit_fen: int) -> Guide:
    """Nantong assistance: scope NT-(五), rates and limits NT-(六), order NT-(三).

    ``rate_percent`` is that of the reader's category; the two yearly limits are in fen.
    """
    return Guide(
        headline=f"您可以享受 {year} 年医疗救助。",
        who="民政、退役军人、工会等部门认定的困难群众。您的身份以认定部门的名单为准。",
        benefits=(
            f"医保范围里自己付的钱：救助 {rate_percent}%，没有起付线。",
            f"普通门诊一年最多救助 {display(outpatient_limit_fen)} 元。",
            f"门诊慢特病和住院合在一起，一年最多救助 {display(shared_limit_fen)} 元。",
        ),
        order="先后顺序：基本医保、大病保险报过以后，再由医疗救助来付。大多数医院出院时就一起算好了。",
        exclusions=(
            "医保范围以外的费用。",
            "没有转诊、自己到外地看病的费用，一般不救助；确实困难的可以申请。",
            "不是医保定点的医院、药店的费用（急诊抢救除外）。",
        ),
        papers=_PAPERS,
        deadline=f"出院时没有一起结算的，{year} 年的费用请尽快来办。",
        data_use=_DATA_USE,
        document=NANTONG_DOCUMENT,
    )
