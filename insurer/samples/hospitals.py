"""Invented hospitals and pharmacies; the register numbers have the national form and belong to nobody."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Hospital:
    """A place where cost arises; ``level`` is the clearing level (1 highest, 9 none), as in ``hosp_lv``."""

    code: str
    name: str
    level: str
    district: str
    kind: str = "hospital"
    designated: bool = True
    region: str = "mainland"

    @property
    def in_county(self) -> bool:
        """Whether the institution lies in the district of the insured."""
        return self.district == "320411"

    def facts(self) -> dict[str, Any]:
        """Return the institution as a case document states it (``fixmedins``)."""
        return {
            "kind": self.kind,
            "designated": self.designated,
            "region": self.region,
            "in_county": self.in_county,
            "code": self.code,
            "name": self.name,
        }


LOCAL = (
    Hospital("H32041199001", "新北云溪人民医院", "2", "320411"),
    Hospital("H32041199002", "新北澄湖中医院", "2", "320411"),
    Hospital("H32041199003", "柳桥镇卫生院", "3", "320411"),
    Hospital("H32040299004", "常州青岚医院", "1", "320402"),
    Hospital("H32040499005", "常州望江儿童医院", "1", "320404"),
)
HERBAL = LOCAL[1]
FAR = (
    Hospital("H32010699006", "南京梧桐山医院", "1", "320106"),
    Hospital("H31010499007", "上海临江肿瘤医院", "1", "310104"),
)
PHARMACIES = (
    Hospital("P32041199008", "云溪大药房", "9", "320411", kind="pharmacy"),
    Hospital("P32040299009", "青岚药房", "9", "320402", kind="pharmacy"),
)
NOT_DESIGNATED = Hospital("H32041299010", "康禾骨伤医院", "9", "320412", designated=False)
OVERSEAS = Hospital(
    "H00000099011", "南港湾综合医院（境外）", "9", "000000", designated=False, region="overseas"
)
