"""Invented households of the minimum living allowance with what a roster says of them.

Nobody here exists. Names are put together at random, places are those of the district, numbers come from
:mod:`insurer.samples.numbers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from insurer.samples.chance import seeded
from insurer.samples.numbers import Registry

TOWNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("春江街道", ("魏村社区", "安家村", "百丈社区")),
    ("孟河镇", ("孟城村", "小河村", "万绥村")),
    ("薛家镇", ("薛家社区", "丽江社区")),
    ("罗溪镇", ("罗溪村", "汤庄村")),
    ("西夏墅镇", ("东南村", "浦河村")),
)
BANKS = ("江南农村商业银行", "中国农业银行", "中国邮政储蓄银行", "中国工商银行")

URBAN, RURAL, SINGLE, MARGIN = "城市低保", "农村低保", "低保(单人保)", "低保边缘"

REPAIRED = ("full_width", "lower_x", "spaced_number", "spaced_name")
"""Dirt that an importer can undo with certainty."""
REJECTED = (
    "certno_checksum",
    "certno_numeric_cell",
    "certno_malformed",
    "certno_date",
    "certno_missing",
    "name_missing",
)
"""Dirt for which the bureau has to be asked; each is also the code of the refusal."""

_FAMILY_NAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆汪范石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_MALE = "国华建军志强明金水根福平海伟林峰涛杰辉斌超磊刚勇飞生贵荣兴文武泽宇浩然晨"
_FEMALE = "秀英芳桂兰梅丽静娟燕玲霞娜红凤银莲珍琴萍云月雪洁慧倩雅欣怡梦琪"
_RARE = ("王𠮷", "周䶮", "孟㐂华", "邹𠮷兰")
_DOTTED = ("阿依努尔·图尔荪江", "买热木·吐尔逊娜依", "巴特尔·那顺白音", "卓玛·次仁央措")


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account as a roster row states it; the holder is the householder, often not the patient."""

    bank: str
    holder: str
    number: str


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person with what the roster and the platform know of them.

    ``insured`` is the roster's wording of the insurance, ``listed`` the months in which the bureau lists the
    person (``both``, ``december``, ``january``), ``changed`` what differs in January, ``dirt`` how the row of
    the first month listed is spoilt (the keys of :data:`REPAIRED` and :data:`REJECTED`).
    """

    psn_no: str
    certno: str
    psn_name: str
    male: bool
    brdy: date
    relation: str
    category: str
    start: date
    tel: str
    insured: str = "居民医保"
    listed: str = "both"
    changed: str = ""
    dirt: str = ""

    @property
    def insutype(self) -> str:
        """The platform's insurance code: 310 employee, 390 resident."""
        return "310" if self.insured == "职工医保" else "390"


@dataclass(frozen=True, slots=True)
class Household:
    """A household card with its members on the roster; the householder need not be one of them."""

    card_no: str
    town: str
    village: str
    householder: str
    members: tuple[Person, ...]
    account: Account


@dataclass(frozen=True, slots=True)
class Population:
    """All households around a claim year, and people whom no roster lists."""

    year: int
    households: tuple[Household, ...]
    strangers: tuple[Person, ...]

    @property
    def persons(self) -> tuple[Person, ...]:
        """Everybody on a roster of either month, in roster order."""
        return tuple(person for household in self.households for person in household.members)

    def covered(self) -> tuple[Person, ...]:
        """People insured for the whole year: recipients on the December roster in the resident scheme."""
        return tuple(
            person
            for person in self.persons
            if person.listed in ("both", "december")
            and person.insured == "居民医保"
            and person.category != MARGIN
            and person.dirt not in REJECTED
        )

    def newcomers(self) -> tuple[Person, ...]:
        """Recipients approved in January of the year, not on the December roster before it."""
        return tuple(
            p
            for p in self.persons
            if p.listed == "january" and p.category != MARGIN and p.dirt not in REJECTED
        )

    def on_employee_scheme(self) -> tuple[Person, ...]:
        """People whom the roster lists although another scheme insures them."""
        return tuple(person for person in self.persons if person.insured == "职工医保")

    def on_the_margin(self) -> tuple[Person, ...]:
        """低保边缘 people: listed facts, but not insured in Xinbei."""
        return tuple(p for p in self.persons if p.category == MARGIN and p.dirt not in REJECTED)


def _born(rng: Random, year: int, youngest: int, oldest: int) -> date:
    return date(year - oldest, 1, 1) + timedelta(days=rng.randrange((oldest - youngest) * 365 + 1))


def _name(rng: Random, family: str, *, male: bool) -> str:
    given = _MALE if male else _FEMALE
    return family + "".join(rng.sample(given, 1 if rng.random() < 0.25 else 2))


# Relation, sex of the member (None: either) and age span; drawn by weight, so that lone old people and
# parents with children are as frequent as bureaus report them.
_Member = tuple[str, bool | None, int, int]
_FAMILIES: tuple[tuple[int, tuple[_Member, ...]], ...] = (
    (28, (("户主", None, 60, 91),)),
    (16, (("户主", None, 24, 59),)),
    (14, (("户主", True, 62, 85), ("配偶", False, 60, 83))),
    (14, (("户主", False, 30, 50), ("子", True, 4, 17))),
    (12, (("户主", True, 32, 55), ("配偶", False, 31, 52), ("女", False, 3, 16))),
    (9, (("户主", True, 33, 54), ("配偶", False, 32, 52), ("子", True, 1, 15), ("女", False, 1, 12))),
    (7, (("户主", False, 61, 78), ("孙子女", None, 5, 16), ("孙子女", None, 5, 16))),
)
_FAMILY_WEIGHTS = [weight for weight, _ in _FAMILIES]


def _household(rng: Random, numbers: Registry, year: int, index: int) -> Household:
    town, villages = TOWNS[index % len(TOWNS)]
    shape = rng.choices(_FAMILIES, _FAMILY_WEIGHTS)[0][1]
    kind = rng.random()
    # 单人保 covers one member only: the rest of the household is not on the roster at all.
    category = SINGLE if kind < 0.15 else MARGIN if kind < 0.19 else RURAL if kind < 0.65 else URBAN
    if category == SINGLE:
        shape = shape[:1]
    family = rng.choice(_FAMILY_NAMES)
    start = date(rng.randrange(year - 14, year), rng.randrange(1, 12), 1)
    members: list[Person] = []
    for relation, sex, youngest, oldest in shape:
        male = rng.random() < 0.5 if sex is None else sex
        name_of = rng.choice(_FAMILY_NAMES) if relation == "配偶" else family
        members.append(
            _person(rng, numbers, year, relation, male, youngest, oldest, name_of, category, start)
        )
    tel = numbers.unique("1540", 7)
    members = [_with(person, tel=tel) if person.brdy.year > year - 16 else person for person in members]
    householder = members[0].psn_name
    account = Account(rng.choice(BANKS), householder, numbers.card())
    return Household(
        numbers.unique("DB3204", 8), town, rng.choice(villages), householder, tuple(members), account
    )


def _person(
    rng: Random,
    numbers: Registry,
    year: int,
    relation: str,
    male: bool,
    youngest: int,
    oldest: int,
    family: str,
    category: str,
    start: date,
) -> Person:
    born = _born(rng, year, youngest, oldest)
    return Person(
        psn_no=numbers.unique("32040000", 18),
        certno=numbers.certno(born, male=male),
        psn_name=_name(rng, family, male=male),
        male=male,
        brdy=born,
        relation=relation,
        category=category,
        start=max(start, date(born.year, born.month, 1)),
        tel=numbers.unique("1540", 7),
    )


def _with(person: Person, **changes: object) -> Person:
    # dataclasses.replace costs a signature lookup per call; populations of 100 000 are built here.
    values = {name: getattr(person, name) for name in Person.__slots__}
    values.update(changes)
    return Person(**values)


def _rename(household: Household, name: str) -> Household:
    head, *rest = household.members
    account = Account(household.account.bank, name, household.account.number)
    return Household(
        household.card_no,
        household.town,
        household.village,
        name,
        (_with(head, psn_name=name), *rest),
        account,
    )


def _replace_members(household: Household, members: Sequence[Person]) -> Household:
    return Household(
        household.card_no,
        household.town,
        household.village,
        household.householder,
        tuple(members),
        household.account,
    )


def make_population(*, seed: int = 2026, year: int = 2026, persons: int = 320) -> Population:
    """Invent at least ``persons`` people of the December roster before ``year``, and January's newcomers.

    About one in eight more joins in January; some people of December are gone then, some have changed
    (category, telephone). The same arguments give the same people.
    """
    rng = seeded("people", seed, year)
    numbers = Registry(rng)
    households: list[Household] = []
    count = 0
    while count < persons:
        made = _household(rng, numbers, year, len(households))
        households.append(made)
        count += len(made.members)
    plain = [i for i, h in enumerate(households) if h.members[0].category != MARGIN and len(h.members) == 1]
    for index, name in zip(plain[3:], (*_RARE, *_DOTTED), strict=False):
        households[index] = _rename(households[index], name)
    _employ(rng, households, year)
    _change(rng, households)
    for _ in range(max(4, persons // 12)):
        made = _household(rng, numbers, year, len(households))
        newcomers = [_with(person, listed="january", start=date(year, 1, 1)) for person in made.members]
        households.append(_replace_members(made, newcomers))
    strangers = tuple(
        _person(
            rng,
            numbers,
            year,
            "本人",
            index % 2 == 0,
            30,
            70,
            rng.choice(_FAMILY_NAMES),
            "",
            date(year, 1, 1),
        )
        for index in range(4)
    )
    _soil(rng, households)
    order = {town: position for position, (town, _) in enumerate(TOWNS)}
    households.sort(key=lambda household: (order[household.town], household.card_no))
    return Population(year, tuple(households), strangers)


def _employ(rng: Random, households: list[Household], year: int) -> None:
    """Let one household in thirty have a working member in the employees' scheme, at least two of them."""
    fit = [
        (index, place)
        for index, household in enumerate(households)
        for place, person in enumerate(household.members)
        if place > 0 and 22 <= year - person.brdy.year <= 55 and person.category != MARGIN
    ]
    for index, place in rng.sample(fit, min(len(fit), max(2, len(households) // 30))):
        members = list(households[index].members)
        members[place] = _with(members[place], insured="职工医保")
        households[index] = _replace_members(households[index], members)


def _change(rng: Random, households: list[Household]) -> None:
    """Choose whole households that are gone in January, and people whose facts change then."""
    quiet = [
        index
        for index, household in enumerate(households)
        if all(p.insured == "居民医保" and p.category != MARGIN for p in household.members)
        and not any("·" in p.psn_name or ord(max(p.psn_name)) > 0xFFFF for p in household.members)
    ]
    chosen = rng.sample(quiet, min(len(quiet), max(6, len(households) // 12)))
    for number, index in enumerate(chosen):
        members = list(households[index].members)
        if number % 2 == 0:
            members = [_with(person, listed="december") for person in members]
        else:
            members[0] = _with(members[0], changed="category" if number % 4 == 1 else "tel")
        households[index] = _replace_members(households[index], members)


def _soil(rng: Random, households: list[Household]) -> None:
    """Spoil the rows of a few quiet people; January's dirt falls on newcomers, so that nobody seems gone."""
    for listed, kinds in (
        ("both", (*REPAIRED, *REJECTED)),
        ("january", ("certno_numeric_cell", "name_missing")),
    ):
        fit = [
            (index, place)
            for index, household in enumerate(households)
            for place, person in enumerate(household.members)
            if person.listed == listed
            and not person.changed
            and person.insured == "居民医保"
            and person.category != MARGIN
        ]
        rng.shuffle(fit)
        for kind in kinds:
            # Only a number that ends in X can be written with a small x; two characters invite a space.
            found = next(
                (
                    (index, place)
                    for index, place in fit
                    if not (member := households[index].members[place]).dirt
                    and (kind != "lower_x" or member.certno.endswith("X"))
                    and (kind != "spaced_name" or len(member.psn_name) == 2)
                ),
                None,
            )
            if found is None:
                continue
            index, place = found
            members = list(households[index].members)
            members[place] = _with(members[place], dirt=kind)
            households[index] = _replace_members(households[index], members)
