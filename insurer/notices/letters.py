"""Letters as values: everything that one letter says, and whether it may be said.

A letter value knows no database and no template. ``problems`` names every missing or contradictory item in
Chinese; production refuses a letter that has any. Amounts are fen. There is deliberately no place for a
diagnosis, a full identity number or a full account number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from insurer.kernel.dates import SHANGHAI
from insurer.kernel.errors import Problem
from insurer.notices.catalogue import CATALOGUE, Entry, NoticeKind, is_letter_number, short_number
from insurer.notices.citations import Citation

_LONG_NUMBER = re.compile(r"(?<!\d)\d{15,19}[Xx]?(?!\d)|(?<!\d)\d{17}[Xx]")


def named(text: str, *, number: bool = False) -> dict[str, Any]:
    """Name a field in Chinese for the reader of a problem; ``number`` allows long runs of digits.

    A field with ``default=None`` or ``default=()`` may be absent; every other one must have a value.
    """
    return {"label": text, "number": number}


class Copy(StrEnum):
    """Which of the two copies is printed."""

    COMPANY = "第一联 公司留存"
    CUSTOMER = "第二联 客户留存"


@dataclass(frozen=True, kw_only=True)
class Office:
    """Who writes: the insurer's office and the authority behind the scheme."""

    company: str = field(metadata=named("公司名称"))
    address: str = field(metadata=named("公司地址"))
    phone: str = field(metadata=named("联系电话"))
    hours: str = field(metadata=named("接待时间"))
    outlets: str = field(metadata=named("就近办理的地方"))
    scheme_name: str = field(metadata=named("保障名称"))
    bureau: str = field(metadata=named("主管部门"))
    identity_matter: str = field(metadata=named("主管部门管的事"))


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One settlement that a letter speaks of; ``manner`` is 住院, 看门诊 or 买药."""

    manner: str = field(metadata=named("就医方式"))
    hospital: str = field(metadata=named("医院"))
    begins: date = field(metadata=named("开始日期"))
    ends: date = field(metadata=named("结束日期"))
    settlement: str = field(metadata=named("结算号", number=True))
    invoices: tuple[str, ...] = field(metadata=named("票据号", number=True))
    total_fen: int = field(metadata=named("总费用"))
    borne_fen: int = field(metadata=named("个人负担"))
    pays_fen: int = field(metadata=named("赔付金额"))

    @property
    def period(self) -> str:
        """The days of the visit, the year named once when both ends share it."""
        first = f"{self.begins.year}年{self.begins.month}月{self.begins.day}日"
        if self.begins == self.ends:
            return first
        year = "" if self.begins.year == self.ends.year else f"{self.ends.year}年"
        return f"{first}至{year}{self.ends.month}月{self.ends.day}日"


@dataclass(frozen=True, kw_only=True)
class Payer:
    """What another payer took over (基本医保付了), in fen."""

    label: str = field(metadata=named("付款方"))
    amount_fen: int = field(metadata=named("付款方金额"))


@dataclass(frozen=True, kw_only=True)
class Share:
    """A part of the person's own cost, how much of it is paid (全部, 一半, 不赔) and the payment in fen."""

    label: str = field(metadata=named("费用部分"))
    amount_fen: int = field(metadata=named("费用部分金额"))
    how: str = field(metadata=named("赔付比例"))
    pays_fen: int = field(metadata=named("费用部分赔付"))
    refused: bool = field(metadata=named("是否不赔"), default=False)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """One cost that is not paid: what, how much (fen), why in everyday words, and the clause."""

    what: str = field(metadata=named("不赔的项目"))
    amount_fen: int = field(metadata=named("不赔的金额"))
    reason: str = field(metadata=named("不赔的理由"))
    basis: Citation = field(metadata=named("不赔的依据"))


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A yearly limit after this decision: what it covers, limit, used with this payment, left (fen)."""

    covers: str = field(metadata=named("限额管的费用"))
    annual_fen: int = field(metadata=named("年度限额"))
    used_fen: int = field(metadata=named("已用限额"))
    provisional: bool = field(metadata=named("限额是否暂定"), default=False)

    @property
    def left_fen(self) -> int:
        """What can still be paid this year."""
        return self.annual_fen - self.used_fen


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where the money goes: holder, tie to the patient (None: the patient), kind, last four digits."""

    holder: str = field(metadata=named("收款人"))
    tie: str | None = field(metadata=named("收款人与被保险人的关系"), default=None)
    medium: str = field(metadata=named("收款账户种类"))
    tail: str = field(metadata=named("收款账户尾号"))


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper we received: name, pages, 原件 or 复印件."""

    name: str = field(metadata=named("材料名称"))
    pages: int = field(metadata=named("材料页数"))
    form: str = field(metadata=named("原件还是复印件"))


@dataclass(frozen=True, kw_only=True)
class WantedPaper:
    """A paper still missing: what, why, what would do instead, who issues it."""

    what: str = field(metadata=named("要补的材料"))
    why: str = field(metadata=named("为什么要补"))
    instead: str = field(metadata=named("可以用什么代替"))
    issuer: str = field(metadata=named("找谁开"))


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What every letter carries; ``addressee`` is the reader, ``handler`` the clerk to ask for."""

    kind: ClassVar[NoticeKind]

    office: Office = field(metadata=named("发信单位"))
    number: str = field(metadata=named("编号", number=True))
    issued_on: date = field(metadata=named("发信日期"))
    addressee: str = field(metadata=named("收信人"))
    handler: str = field(metadata=named("经办人"))

    @property
    def entry(self) -> Entry:
        """The catalogue entry of this kind."""
        return CATALOGUE[self.kind]

    @property
    def short_number(self) -> str:
        """The number without its series words."""
        return short_number(self.number)

    @property
    def reference(self) -> str:
        """What the page footer shows so that loose pages find together."""
        return f"编号 {self.number}"

    def problems(self) -> tuple[Problem, ...]:
        """Return everything that forbids sending: missing items, too much said, sums that disagree."""
        found = list(_walk(self))
        if not found and not is_letter_number(self.number):
            found.append(Problem("number", f"编号“{self.number}”的写法不对"))
        if not found:
            found.extend(self.contradictions())
        return tuple(found)

    def contradictions(self) -> Iterator[Problem]:
        """Yield what does not fit together in a complete letter."""
        yield from ()


@dataclass(frozen=True, kw_only=True)
class CaseLetter(Letter):
    """A letter about one case; ``patient`` is the insured person, who may not be the reader."""

    case_number: str = field(metadata=named("案件编号", number=True))
    patient: str = field(metadata=named("被保险人"))

    @property
    def reference(self) -> str:
        """The case number on every page."""
        return f"案件 {self.case_number}"

    @property
    def subject(self) -> str:
        """How the letter speaks of the patient: 您, or the name when somebody else reads."""
        return "您" if self.patient == self.addressee else self.patient


@dataclass(frozen=True, kw_only=True)
class EnrolmentLetter(Letter):
    """参保告知书: the person is covered, free of charge, and how to claim.

    The content follows the leaflet duty of XB-四(三); ``guide`` holds the scheme's plain words.
    """

    kind = NoticeKind.ENROLMENT

    year: int = field(metadata=named("保险年度"))
    covered_from: date = field(metadata=named("保障开始日期"))
    covered_until: date = field(metadata=named("保障结束日期"))
    headline: str = field(metadata=named("第一句话"))
    who: str = field(metadata=named("谁可以享受"))
    benefits: tuple[str, ...] = field(metadata=named("赔什么、赔多少"))
    order: str = field(metadata=named("先后顺序"))
    exclusions: tuple[str, ...] = field(metadata=named("不赔的费用"))
    papers: tuple[str, ...] = field(metadata=named("要带的材料"))
    deadline: str = field(metadata=named("什么时候来办"))
    data_use: str = field(metadata=named("信息怎么用"))
    document: str = field(metadata=named("依据的文件"))

    def contradictions(self) -> Iterator[Problem]:
        """Refuse a cover that ends before it begins."""
        if self.covered_until < self.covered_from:
            yield Problem("covered_until", "保障结束日期早于开始日期，请核对")


@dataclass(frozen=True, kw_only=True)
class ReceiptLetter(CaseLetter):
    """受理通知书: what arrived, when, from whom, and what happens next."""

    kind = NoticeKind.RECEIPT

    received_at: datetime = field(metadata=named("收到时间"))
    channel: str = field(metadata=named("收到方式"))
    handed_in_by: str = field(metadata=named("递交人"))
    tie: str = field(metadata=named("递交人与被保险人的关系"))
    papers: tuple[Paper, ...] = field(metadata=named("收到的材料"))
    decide_by: date = field(metadata=named("答复日期"))
    next_step: str = field(metadata=named("下一步"))

    @property
    def received_text(self) -> str:
        """Date and minute of arrival in Shanghai."""
        local = self.received_at.astimezone(SHANGHAI)
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"

    @property
    def pages(self) -> int:
        """All pages together."""
        return sum(paper.pages for paper in self.papers)

    def contradictions(self) -> Iterator[Problem]:
        """Refuse a moment without zone and a paper without pages."""
        if self.received_at.tzinfo is None:
            yield Problem("received_at", "收到时间没有写明时区，请核对")
        for paper in self.papers:
            if paper.pages < 1:
                yield Problem("papers", "页数要大于 0", paper.name)


@dataclass(frozen=True, kw_only=True)
class MissingPapersLetter(CaseLetter):
    """补充资料通知书: once, everything that is missing (insurance law, article 22)."""

    kind = NoticeKind.MISSING_PAPERS

    received_on: date = field(metadata=named("收到申请的日期"))
    papers: tuple[WantedPaper, ...] = field(metadata=named("要补的材料"))


def _walk(value: Any, where: str = "") -> Iterator[Problem]:
    """Yield missing items and numbers that must not be printed, through all nested values."""
    for spec in fields(value):
        label = spec.metadata.get("label", spec.name)
        content = getattr(value, spec.name)
        optional = spec.default in (None, ())
        if content is None or content == () or (isinstance(content, str) and not content.strip()):
            if not optional or isinstance(content, str):
                yield Problem(spec.name, f"缺少{label}", where, "missing")
            continue
        members = content if isinstance(content, tuple) else (content,)
        for index, member in enumerate(members, start=1):
            place = f"{label}第 {index} 项" if isinstance(content, tuple) else where
            if is_dataclass(member):
                yield from _walk(member, place)
            elif isinstance(member, str):
                if not member.strip():
                    yield Problem(spec.name, f"缺少{label}", place, "missing")
                elif not spec.metadata.get("number") and _LONG_NUMBER.search(member):
                    yield Problem(spec.name, f"{label}里有完整的证件号或卡号，不能写进通知书", place)
            elif isinstance(member, int) and spec.name.endswith("_fen") and member < 0:
                yield Problem(spec.name, f"{label}是负数，请核对", place)
