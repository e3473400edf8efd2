"""Fee lines of invented bills: every line splits exactly into its four parts, all sums in fen."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from insurer.kernel.money import half_up, parse_yuan, to_yuan

_NO_CEILING = "999999"
_MICRO = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One entry of the price list; ``millionths`` is the price of a unit's pack in millionths of a yuan."""

    name: str
    code: str
    list_type: str
    charge: str
    level: str
    millionths: int
    pack: int
    least: int
    most: int
    first_pay: int
    ceiling: int | None
    fixed: dict[str, Any]


def make_item(
    name: str,
    code: str,
    list_type: str,
    charge: str,
    level: str,
    price: str,
    *,
    pack: int = 1,
    count: Sequence[int] = (1, 1),
    first_pay: int = 0,
    ceiling: str | None = None,
) -> Item:
    """Build an item; what every line of it repeats is laid out once, for generating is meant to be fast.

    ``price`` is yuan per pack (up to six decimals), ``ceiling`` the highest price that the catalogue pays
    for, ``first_pay`` the percent of a class B item that the person pays first.
    """
    millionths = int(Decimal(price) * _MICRO)
    outside = level == "03"
    unit = half_up(millionths, pack)
    whole, rest = divmod(unit, _MICRO)
    return Item(
        name=name,
        code=code,
        list_type=list_type,
        charge=charge,
        level=level,
        millionths=millionths,
        pack=pack,
        least=count[0],
        most=count[-1],
        first_pay=first_pay,
        ceiling=None if ceiling is None else parse_yuan(ceiling),
        fixed={
            "med_list_codg": None if outside and list_type != "102" else code,
            "medins_list_codg": f"YN{code[-8:]}",
            "medins_list_name": name,
            "hilist_code": None if outside else code,
            "hilist_name": None if outside else name,
            "list_type": list_type,
            "med_chrgitm_type": charge,
            "chrgitm_lv": level,
            "pric": f"{whole}.{rest:06d}",
            "pric_uplmt_amt": ceiling or _NO_CEILING,
            "selfpay_prop": "1" if outside else f"0.{first_pay:02d}",
        },
    )


@cache
def price_list() -> dict[str, tuple[Item, ...]]:
    """Return the items of the package's price list by the kind of bill on which they appear."""
    document = tomllib.loads((files("insurer.samples") / "catalogue.toml").read_text(encoding="utf-8"))
    groups: dict[str, list[Item]] = {}
    for entry in document["item"]:
        item = make_item(
            entry["name"],
            entry["code"],
            entry["list_type"],
            entry["charge"],
            entry["level"],
            entry["price"],
            pack=entry.get("pack", 1),
            count=entry["count"],
            first_pay=entry.get("first_pay", 0),
            ceiling=entry.get("ceiling"),
        )
        for group in entry["bills"]:
            groups.setdefault(group, []).append(item)
    return {group: tuple(items) for group, items in groups.items()}


@dataclass(slots=True)
class FeeLines:
    """The lines of one bill with their sums in fen: own expense, over the limit, first payment, in scope."""

    setl_id: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    own: int = 0
    over: int = 0
    first: int = 0
    scope: int = 0

    def add(self, item: Item, count: int, day: str, *, refund_of: str | None = None) -> None:
        """Append a line of ``count`` units on ``day`` (``YYYY-MM-DD``); a refund has a negative count."""
        amount = half_up(item.millionths * count, item.pack * 10_000)
        own = over = first = 0
        if item.level == "03":
            own = amount
        elif item.level == "02":
            if item.ceiling is not None:
                over = amount - item.ceiling * count
            first = half_up((amount - over) * item.first_pay, 100)
        scope = amount - own - over - first
        self.total += amount
        self.own += own
        self.over += over
        self.first += first
        self.scope += scope
        serial = str(len(self.rows) + 1)
        self.rows.append(
            {
                "feedetl_sn": serial,
                "init_feedetl_sn": refund_of,
                "setl_id": self.setl_id,
                "rx_drord_no": f"{self.setl_id[-9:]}{item.charge}",
                "fee_ocur_time": f"{day} 09:30:00",
                **item.fixed,
                "cnt": str(count),
                "det_item_fee_sumamt": to_yuan(amount),
                "fulamt_ownpay_amt": to_yuan(own),
                "overlmt_amt": to_yuan(over),
                "preselfpay_amt": to_yuan(first),
                "inscp_scp_amt": to_yuan(scope),
            }
        )

    def draw(self, rng: Random, items: Sequence[Item], count: int, days: Sequence[str]) -> None:
        """Append ``count`` lines of random items, each once if there are enough, spread over ``days``."""
        span = len(days)
        drawn = rng.sample(items, count) if count <= len(items) else rng.choices(items, k=count)
        for place, item in enumerate(drawn):
            low = item.least
            units = low + int(rng.random() * (item.most - low + 1))
            self.add(item, units, days[place * span // count])
