"""Ordinary bills: stays, operations, clinics, chronic outpatients, herbal and dual-channel prescriptions."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from random import Random

from insurer.samples.bills import Bill, settlement_id
from insurer.samples.fee_lines import FeeLines, Item, price_list
from insurer.samples.hospitals import FAR, HERBAL, LOCAL, PHARMACIES, Hospital
from insurer.samples.payers import Paid, pay
from insurer.samples.people import Person

_KINDS = ("ward", "surgery", "clinic", "chronic", "herbal", "pharmacy")
_KIND_WEIGHTS = (0.42, 0.56, 0.77, 0.92, 0.97, 1.0)  # running totals
_MED_TYPES = {
    "ward": "21",
    "surgery": "21",
    "clinic": "11",
    "chronic": "14",
    "herbal": "11",
    "pharmacy": "41",
}
_LINE_SPANS = {
    "ward": (12, 40),
    "surgery": (16, 40),
    "clinic": (5, 10),
    "chronic": (5, 9),
    "herbal": (6, 12),
    "pharmacy": (5, 6),
}
_DIAGNOSES = {
    "ward": (
        ("J18.900", "肺炎"),
        ("I63.900", "脑梗死"),
        ("J44.100", "慢性阻塞性肺疾病急性加重"),
        ("C34.900x001", "肺恶性肿瘤"),
        ("E11.900", "2型糖尿病"),
        ("N18.900", "慢性肾脏病"),
    ),
    "surgery": (
        ("K80.200", "胆囊结石"),
        ("I25.103", "冠状动脉粥样硬化性心脏病"),
        ("M16.900", "髋关节病"),
        ("C34.100", "上叶肺恶性肿瘤"),
    ),
    "clinic": (("J06.900", "急性上呼吸道感染"), ("K29.500", "慢性胃炎"), ("M54.500", "下背痛")),
    "chronic": (("I10.x00", "高血压"), ("E11.900", "2型糖尿病"), ("Z94.000", "肾移植状态")),
    "herbal": (("K30.x00", "功能性消化不良"), ("G47.000", "失眠")),
    "pharmacy": (("C34.900x001", "肺恶性肿瘤"), ("M45.x00", "强直性脊柱炎")),
}
_OPERATIONS = {
    "K80.200": ("腹腔镜下胆囊切除术",),
    "I25.103": ("冠状动脉造影术", "经皮冠状动脉支架置入术", "药物洗脱冠脉支架系统"),
    "M16.900": ("人工髋关节置换术", "人工髋关节假体"),
    "C34.100": ("肺叶切除术", "一次性使用电动腔镜切割吻合器"),
}
"""The lines that an operation for a diagnosis brings with it."""
_CHECK_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


@cache
def goods(kind: str) -> tuple[Item, ...]:
    """Return the items drawn for a bill of this kind; what belongs to one operation only is not drawn."""
    items = price_list()
    if kind == "surgery":
        particular = {name for names in _OPERATIONS.values() for name in names}
        general = (item for item in items["surgery"] if item.name not in particular)
        return tuple(dict.fromkeys((*general, *items["ward"])))
    if kind == "pharmacy":
        drugs = (item for item in items["chronic"] if item.list_type == "101")
        return tuple(dict.fromkeys((*items["pharmacy"], *drugs)))
    return items[kind]


@cache
def _operation(diagnosis: str) -> tuple[Item, ...]:
    by_name = {item.name: item for item in price_list()["surgery"]}
    return tuple(by_name[name] for name in _OPERATIONS.get(diagnosis, ()))


@dataclass(slots=True)
class Desk:
    """Makes bills with running numbers; one desk a seed, so that numbers never repeat."""

    rng: Random
    seed: int
    year: int
    issued: int = 0
    taken: set[str] = field(default_factory=set)

    def number(self) -> str:
        """Return the next settlement number."""
        self.issued += 1
        return settlement_id(self.seed, self.issued)

    def check_code(self) -> str:
        """Return an invoice's six check characters."""
        return "".join(self.rng.choices(_CHECK_CHARACTERS, k=6))

    def ordinary(self, person: Person, month: int, lines: int | None = None) -> Bill:
        """Return an ordinary bill of ``person`` in ``month`` with ``lines`` lines (default: 5 to 40)."""
        pick = self.rng.random()
        kind = next(kind for kind, upper in zip(_KINDS, _KIND_WEIGHTS, strict=True) if pick < upper)
        return self.bill(person, month, kind, lines=lines)

    def bill(
        self,
        person: Person,
        month: int,
        kind: str,
        *,
        lines: int | None = None,
        hospital: Hospital | None = None,
        med_type: str | None = None,
        year: int | None = None,
    ) -> Bill:
        """Return a bill of one kind; what is not given is drawn, the year is the desk's."""
        rng = self.rng
        med_type = med_type or _MED_TYPES[kind]
        hospital = hospital or self._hospital(kind)
        begun = date(year or self.year, month, 1 + int(rng.random() * 13))
        stay = 3 + int(rng.random() * 12) if med_type[0] == "2" else 0
        ended = begun + timedelta(days=stay)
        low, high = _LINE_SPANS[kind]
        count = lines if lines is not None else low + int(rng.random() * (high - low + 1))
        fees = FeeLines(self.number())
        days = [(begun + timedelta(days=day)).isoformat() for day in range(stay + 1)]
        diagnosis = rng.choice(_DIAGNOSES[kind])
        operation = _operation(diagnosis[0])
        for item in operation:
            fees.add(item, 1, days[1])
        fees.draw(rng, goods(kind), count - len(operation), days)
        made = Bill(
            setl_id=fees.setl_id,
            person=person,
            hospital=hospital,
            med_type=med_type,
            begun=begun,
            ended=ended,
            diagnosis=diagnosis,
            lines=fees,
            paid=Paid(),
            check_code=self.check_code(),
        )
        if kind == "pharmacy":
            made.facts["dual_channel"] = True
        if hospital in FAR:
            made.facts["referral"] = "referred"
        return settle(made)

    def _hospital(self, kind: str) -> Hospital:
        if kind == "herbal":
            return HERBAL
        if kind == "pharmacy":
            return self.rng.choice(PHARMACIES)
        if kind in ("ward", "surgery") and self.rng.random() < 0.1:
            return self.rng.choice(FAR)
        return self.rng.choice(LOCAL)


def settle(bill: Bill, *, hospital: int = 0, other: int = 0) -> Bill:
    """Let the earlier payers pay on the bill as its lines stand now, and return it.

    ``hospital`` is what the hospital bears, ``other`` an unnamed further fund, both in fen.
    """
    bill.paid = pay(
        bill.lines,
        med_type=bill.med_type,
        level=bill.hospital.level,
        employee=bill.person.insutype == "310",
        hospital=hospital,
        other=other,
    )
    return bill
