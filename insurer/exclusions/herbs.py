"""Herbal pieces that basic insurance never pays or not when prescribed alone (XB-二(二)9).

A piece is known by its national T code or by its whole written name: brackets, cooking notes, grades, forms
and processing words are peeled off until a listed name is left. A name is never searched for inside another
(牛黄 is not in 牛膝, 珍珠 not in 珍珠母), so an unknown piece counts as payable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from insurer.exclusions.lexicon import load_document
from insurer.exclusions.names import BORDER, fold, without_borders, without_measure

Standing = Literal["never", "single", "ask"]


class Piece(NamedTuple):
    """What is known of a piece: its standing, listed name, the text or code it was known by, its code.

    ``exact`` tells that the list names this very form; other processed forms of a piece are for a person.
    """

    standing: Standing
    listed: str
    matched: str
    code: str | None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class HerbList:
    """The pieces of one dated list, by national code and by written name."""

    status: str
    source: str
    valid_from: date
    valid_to: date | None
    by_code: Mapping[str, Piece]
    by_name: Mapping[str, Piece]
    exceptions: frozenset[str]

    def find(self, names: tuple[str, ...], code: str) -> Piece | None:
        """Return what the list says of a line with these names and this catalogue code."""
        coded = self.by_code.get(code)
        named = [piece for piece in (_find_name(self, name) for name in names if name) if piece is not None]
        if not named:
            return coded
        best = min(named, key=lambda piece: ("never", "ask", "single").index(piece.standing))
        standings = {piece.standing for piece in named} | ({coded.standing} if coded else set())
        if len(standings) == 1:
            return best
        if coded is not None and {coded.standing, best.standing} == {"never", "single"} and len(named) == 1:
            # 人参 with the code of wild ginseng, 阿胶珠 with that of 阿胶: text and code name different pieces.
            generic = best.listed in ("人参片",) and coded.standing == "never"
            return coded if generic else best._replace(standing="ask", matched=f"{best.matched}、{code}")
        if coded is not None and coded.standing == "never" and best.standing == "never":
            return best
        return best._replace(standing="ask") if "never" in standings else best


_PREFIXES = (
    "优质", "精选", "精制", "特级", "一级", "二级", "三级", "统货", "选货", "选装", "道地", "地道", "进口", "国产", "野生", "栽培", "家种",
    "无硫", "免洗", "新货", "陈年", "净制", "净选", "大片", "小片", "厚片", "薄片", "切制", "自费", "甲类", "乙类", "丙类", "中药饮片", "饮片", "小包装",
    "袋装", "散装", "精品", "极品", "特选", "正品", "纯", "净", "干", "生", "鲜", "真", "上等", "优", "大", "小", "嫩", "老", "中药", "草药", "全",
    "去皮", "去核", "去心", "打碎", "破壁", "超微", "细", "粗", "自备", "另煎", "先煎", "后下", "单煎", "炖服", "烊化", "冲服", "医保外", "目录外",
)  # fmt: skip
_PROCESSED = (
    "酒炒", "醋炒", "盐炒", "蜜炒", "麸炒", "土炒", "米炒", "砂炒", "清炒", "蛤粉炒", "酒炙", "醋炙", "盐炙", "蜜炙", "姜炙", "油炙", "酒制",
    "醋制", "盐制", "蜜制", "酒蒸", "清蒸", "水飞", "酥炙", "砂烫", "油炸", "酒洗", "麸煨", "炒", "炙", "醋", "酒", "煅", "制", "蜜",
    "盐", "姜", "麸", "焦", "煨", "烫", "炮", "蒸", "煮", "炖", "熟", "土", "米", "酥", "烤", "炸", "飞", "淡", "焯",
)  # fmt: skip
_SUFFIXES = (
    "先煎", "后下", "包煎", "另煎", "单煎", "烊化", "冲服", "兑服", "炖服", "研末", "研粉", "打粉", "打碎", "捣碎", "另炖", "另包", "免煎", "自备",
    "中药饮片", "饮片", "切片", "小包装", "精制饮片", "选", "统", "统货", "选货", "一级", "二级", "三级", "特级", "优级", "自费", "药材", "原药材", "贵细", "贵重",
    "个", "片", "丝", "粉", "末", "段", "块", "粒", "丁", "条", "碎", "超微粉", "细粉", "极细粉", "破壁饮片", "破壁", "无硫", "净", "厚片", "薄片",
    "费", "生", "干", "鲜", "散", "枝", "只", "对", "克", "g", "炙", "炒", "制", "咀", "醋炙", "酒炙", "蜜炙", "酒炒", "醋炒", "盐炒", "麸炒", "清炒",
)  # fmt: skip
_TAIL_PROCESSED = ("炙", "炒", "制", "醋炙", "酒炙", "蜜炙", "酒炒", "醋炒", "盐炒", "麸炒", "清炒")
_PIECE_ONLY_SUFFIXES = frozenset(("费", "g"))
_SUBSTITUTES = ("人工", "人造", "合成", "代用", "仿", "培育", "培植", "代", "替代", "菌丝", "菌粉", "发酵")
_NOTES = ("非", "不含", "除外", "禁")


def _find_name(herbs: HerbList, folded: str) -> Piece | None:
    whole = without_measure(folded)
    flat = without_borders(whole)
    if flat in herbs.exceptions:
        return None
    piece = herbs.by_name.get(flat)
    if piece is not None:
        return piece
    parts = [without_measure(part) for part in whole.split(BORDER) if part]
    if len(parts) > 1 and any(part.startswith(_NOTES) or part.endswith("除外") for part in parts):
        parts = [part for part in parts if not part.startswith(_NOTES) and not part.endswith("除外")]
    found = [piece for piece in (_peel(herbs, part) for part in parts) if piece is not None]
    if not found and len(parts) > 1:
        joined = _peel(herbs, flat)
        found = [joined] if joined is not None else []
    if not found:
        return None
    for standing in ("never", "ask", "single"):
        for piece in found:
            if piece.standing == standing:
                if standing == "never" and any(word in whole for word in _SUBSTITUTES):
                    return piece._replace(standing="ask")
                return piece
    return None


def _peel(herbs: HerbList, text: str) -> Piece | None:
    """Take known beginnings and endings off until a listed name is left (breadth first, few steps)."""
    front = [(text, True)]
    seen = {text}
    for _ in range(4):
        following: list[tuple[str, bool]] = []
        for name, exact in front:
            piece = herbs.by_name.get(name)
            if piece is not None:
                return piece if exact else _processed(piece)
            if name.endswith("炭") or len(name) < 2:
                continue
            for candidate, still in _shorter(name, exact):
                if candidate not in seen and candidate not in herbs.exceptions:
                    seen.add(candidate)
                    following.append((candidate, still))
        front = following
        if not front:
            break
    return None


def _shorter(name: str, exact: bool) -> list[tuple[str, bool]]:
    result: list[tuple[str, bool]] = []
    for word in _PREFIXES:
        if name.startswith(word) and len(name) > len(word) + 1:
            result.append((name[len(word) :], exact))
    for word in _SUFFIXES:
        if name.endswith(word) and len(name) > len(word) + 1:
            result.append((name[: -len(word)], exact and word not in _TAIL_PROCESSED))
    for word in _PROCESSED:
        if name.startswith(word) and len(name) > len(word) + 1:
            result.append((name[len(word) :], False))
    return result


def _processed(piece: Piece) -> Piece:
    """A processed form stays never payable; for the other list only the named forms are sure."""
    return piece if piece.standing == "never" else piece._replace(exact=False)


def _read_version(
    version: Mapping[str, Any], content: Mapping[str, Any], names: Mapping[str, Any]
) -> HerbList:
    by_code: dict[str, Piece] = {}
    by_name: dict[str, Piece] = {}
    codes: dict[str, str] = {}
    standings: tuple[Standing, ...] = ("never", "single")
    for question, written in names["ask"].items():
        for name in written:
            by_name[_key(name)] = Piece("ask", question, name, None)
    for standing in standings:
        for code, listed in content[standing].items():
            by_code[code] = Piece(standing, listed, code, code)
            codes[listed] = code
            by_name[_key(listed)] = Piece(standing, listed, listed, code)
    for standing in standings:
        for listed, written in names[standing].items():
            if listed not in codes:
                raise ValueError(f"herb_names.toml: {listed} is not in the {standing} list")
            for name in written:
                by_name.setdefault(_key(name), Piece(standing, listed, name, codes[listed]))
    organs = names["organs"]
    exceptions = frozenset(_key(name) for name in organs["exceptions"])
    whole = [animal + part for animal in organs["animals"] for part in organs["parts"]] + organs["also"]
    listed = content["never"][organs["code"]]
    for name in organs["ask"]:
        by_name.setdefault(
            _key(name), Piece("ask", "是否属动物脏器和胎、鞭、尾、筋、骨", name, organs["code"])
        )
    for name in whole:
        if _key(name) not in exceptions:
            by_name.setdefault(_key(name), Piece("never", listed, name, organs["code"]))
    return HerbList(
        status=version["status"],
        source=version["source"],
        valid_from=version["valid_from"],
        valid_to=version.get("valid_to"),
        by_code=by_code,
        by_name=by_name,
        exceptions=exceptions,
    )


def _key(name: str) -> str:
    return without_borders(fold(name))


@lru_cache(maxsize=1)
def herb_lists() -> tuple[HerbList, ...]:
    """Return every dated herb list of the package."""
    document = load_document("herbs.toml")
    names = load_document("herb_names.toml")
    return tuple(
        _read_version(one, document["content"][one["content"]], names) for one in document["version"]
    )


@lru_cache(maxsize=512)
def herbs_on(day: date | None) -> HerbList | None:
    """Return the herb list of ``day``; without a day the newest; None before the first list."""
    lists = herb_lists()
    if day is None:
        return lists[-1]
    for one in lists:
        if one.valid_from <= day and (one.valid_to is None or day < one.valid_to):
            return one
    return None


@lru_cache(maxsize=32768)
def find_piece(day: date | None, names: tuple[str, ...], code: str) -> Piece | None:
    """Return what the list of ``day`` says of a piece with these folded names and this code."""
    herbs = herbs_on(day)
    return herbs.find(names, code) if herbs is not None else None
