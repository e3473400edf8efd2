"""A stored decision done again from what is stored with it, and every difference that this shows.

Everything comes from the decision: the document with the running totals before it, the verdicts of the line
check that were kept, and the content of its pack. Lists and rules of today are not asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from insurer.kernel.errors import Invalid
from insurer.kernel.money import parse_yuan, to_yuan
from insurer.schemes.calculate import PACKS
from insurer.schemes.case_reading import CaseProblem
from insurer.schemes.changzhou_xinbei_claim import SCHEME as CHANGZHOU_XINBEI
from insurer.schemes.changzhou_xinbei_claim import calculate_claim as calculate_changzhou_xinbei
from insurer.schemes.line_check import BillFacts, LineCheck, LineVerdict
from insurer.schemes.nantong_claim import SCHEME as NANTONG
from insurer.schemes.nantong_claim import calculate_claim as calculate_nantong
from insurer.schemes.pack_files import readings
from insurer.schemes.packdata import NoParameter
from insurer.schemes.scheme_pack import RunnablePack
from insurer.schemes.stored_packs import NotReproducible, StoredPack, load_pack
from insurer.schemes.tracing import ReplayDiffers, replay

COVERED = LineVerdict("covered")
NOTHING = "（没有）"
CLAIMS: Mapping[str, Callable[[Mapping[str, Any], LineCheck, RunnablePack | None], dict[str, Any]]] = {
    CHANGZHOU_XINBEI: calculate_changzhou_xinbei,
    NANTONG: calculate_nantong,
}
"""The calculation of a claim by scheme, under a given pack."""

Again = Callable[[Mapping[str, Any], LineCheck], dict[str, Any]]


class Difference(NamedTuple):
    """One field of a decision that does not come out again; texts as they are shown to a person."""

    field: str
    stored: str
    recomputed: str


class LineNotes:
    """A line check that keeps its verdicts, one list for every settlement that was asked about."""

    def __init__(self, check_lines: LineCheck) -> None:
        self._check_lines = check_lines
        self.verdicts: dict[str, LineVerdict] = {}
        self.kept: list[list[dict[str, Any]]] = []

    def __call__(self, lines: Sequence[Mapping[str, Any]], bill: BillFacts) -> list[LineVerdict]:
        """Answer every line; what is not covered is kept with its place."""
        found = self._check_lines(lines, bill)
        self.verdicts |= {str(line.get("feedetl_sn")): one for line, one in zip(lines, found, strict=True)}
        self.kept.append(
            [
                {"line": place, **verdict._asdict()}
                for place, verdict in enumerate(found)
                if verdict.decision != "covered"
            ]
        )
        return found


def kept_verdicts(kept: Sequence[Sequence[Mapping[str, Any]]]) -> LineCheck:
    """Return a line check that answers what :class:`LineNotes` kept, settlement by settlement.

    The settlements of a document are asked in the order in which they are decided, which the document alone
    settles. :class:`NotReproducible` when more is asked than was kept.
    """
    waiting = iter(kept)

    def check(lines: Sequence[Mapping[str, Any]], bill: BillFacts) -> list[LineVerdict]:
        del bill
        rows = next(waiting, None)
        if rows is None:
            raise NotReproducible("存下的明细核查结果比结算少")
        verdicts = [COVERED] * len(lines)
        for row in rows:
            place = row.get("line")
            if not isinstance(place, int) or not 0 <= place < len(lines):
                raise NotReproducible("存下的明细核查结果指向不存在的费用行")
            verdicts[place] = LineVerdict(**{name: row.get(name) for name in LineVerdict._fields})  # type: ignore[arg-type]
        return verdicts

    return check


def calculation_under(scheme: str, content: Mapping[str, Any], digest: str) -> Again:
    """Return the calculation under the pack with this stored content and hash.

    The pack of today is used where it has the same hash, the stored one otherwise.
    :class:`NotReproducible` when the content is not that of the hash or cannot be run.
    """
    stored = load_pack(content, digest)
    if stored.content["scheme"] != scheme or scheme not in CLAIMS:
        raise NotReproducible(f"这份规则是方案“{stored.content['scheme']}”的")
    rules = _same_of_today(scheme, stored) or stored
    claim = CLAIMS[scheme]

    def again(document: Mapping[str, Any], check_lines: LineCheck) -> dict[str, Any]:
        result = claim(document, check_lines, rules)
        return {"case_id": document.get("case_id"), "kind": "claim", "scheme": scheme, **result}

    return again


def _same_of_today(scheme: str, stored: StoredPack) -> RunnablePack | None:
    """Return the pack of today when it has the same content: it runs faster."""
    known = readings()
    given = [(name, answer) for name, answer in stored.answers.items() if name in known]
    if any(not known[name].accepts(answer) for name, answer in given):
        return None
    others = ((name, answer) for name, answer in given if known[name].chosen != answer)
    today = PACKS[scheme](tuple(sorted(others)))
    return today if today.hash == stored.hash else None


def recompute(
    document: Mapping[str, Any], result: Mapping[str, Any], again: Again, check_lines: LineCheck
) -> list[Difference]:
    """Do a decision again and return what differs from the stored ``result``; nothing when all is equal.

    ``check_lines`` answers what :func:`kept_verdicts` knows. The stored trace is also replayed: its last
    amount must be the benefit of its settlement.
    """
    try:
        made = again(document, check_lines)
    except (CaseProblem, NoParameter, NotReproducible) as error:
        words = error.message if isinstance(error, Invalid) else str(error)
        return [Difference("result", "", words)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [Difference("result", "", f"算不出来：{error!r}")]
    found = [] if made == result else list(differences(result, made))
    return found + list(_unfounded(result))


def _unfounded(result: Any) -> Iterator[Difference]:
    """Yield the benefits that the stored steps do not lead to."""
    if not isinstance(result, Mapping):
        return
    for place, one in enumerate(result.get("settlements") or ()):
        field = f"settlements[{place}].trace"
        try:
            reached = replay(one["trace"])
            if reached != parse_yuan(one["benefit"]):
                yield Difference(field, one["benefit"], f"步骤得出 {to_yuan(reached)}")
        except ReplayDiffers as error:
            yield Difference(field, str(error), "这一步由它的输入得不出")
        except (KeyError, TypeError, ValueError, AttributeError):
            yield Difference(field, "读不出来", "")


def differences(stored: Any, made: Any, field: str = "") -> Iterator[Difference]:
    """Yield every value in which two results differ, by its path; steps are paired by their names."""
    if isinstance(stored, Mapping) and isinstance(made, Mapping):
        for name in dict.fromkeys([*stored, *made]):
            path = f"{field}.{name}" if field else str(name)
            yield from differences(stored.get(name, NOTHING), made.get(name, NOTHING), path)
    elif isinstance(stored, list) and isinstance(made, list):
        left, right = _keyed(stored), _keyed(made)
        for key in dict.fromkeys([*left, *right]):
            yield from differences(left.get(key, NOTHING), right.get(key, NOTHING), f"{field}[{key}]")
    elif stored != made or type(stored) is not type(made):
        yield Difference(field, _text(stored), _text(made))


def _keyed(rows: Sequence[Any]) -> dict[str, Any]:
    """Return rows by place; steps by their name and fee line, so that one step more is one difference."""
    found: dict[str, Any] = {}
    for place, row in enumerate(rows):
        key = str(place)
        if isinstance(row, Mapping) and "rule" in row:
            key = f"{row.get('row') or ''}{'/' if row.get('row') else ''}{row['rule']}"
            while key in found:
                key += "'"
        found[key] = row
    return found


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("amount") or value.get("benefit") or value.get("code") or "（有）")
    if isinstance(value, list):
        return "、".join(map(_text, value)) or NOTHING
    return "是" if value is True else "否" if value is False else str(value)
