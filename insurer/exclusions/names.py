"""How hospitals write names, brought to one form before any list is asked.

Folding takes away what carries no meaning (width, case, spaces, dashes, old characters) and keeps what does
(brackets and commas become ``|``, a border that no listed word crosses). Pure and cached by text.
"""

import re
import unicodedata
from functools import lru_cache

BORDER = "|"
"""Stands for a bracket, comma or plus sign in folded text."""

_TRADITIONAL = (
    "蟲虫膠胶內内鏡镜藥药體体檢检費费護护臟脏腎肾點点術术龍龙馬马窩窝參参蔘参葠参紅红黃黄貝贝歸归複复電电視视話话"
    "調调單单間间營营養养獻献幹干細细採采運运儲储質质離离顯显斷断層层掃扫療疗診诊膚肤義义齒齿聽听監监鑑鉴別别"
    "羅罗漢汉發发臍脐帶带庫库臘腊貴贵優优價价請请陳陈緊紧無无淺浅淨净製制鮮鲜鹽盐薑姜酸酸鱉鳖龜龟蔲蔻豬猪雞鸡"
    "鴨鸭驢驴筋筋腦脑腸肠膽胆肺肺視视麝麝靈灵蓮莲棗枣葉叶橘橘殼壳竊窃鎖锁銀银樓楼麥麦後后術术會会遠远"
    "線线標标準准級级壓压氣气燒烧傷伤復复頻频項项目目網网輸输貼贴腳脚購购備备"
)
_VARIANTS = "象像曩囊嚢囊傋备葚椹蔾藜摂摄圗图內内衞卫"
_DASHES = "－—–‐‑‒―−─━~～_"
_LOOSE = ".·•・。:：'\"“”‘’`^*＊#▲△▼▽★☆●○◎■□◆◇※→←√✓✔®™©°§¤"
_BORDERS = "()[]{}<>《》〈〉「」『』【】〔〕〖〗（）［］,，、;；/+＋&|!?！？=@\\"

_TABLE: dict[int, str] = {}
for _pairs in (_TRADITIONAL, _VARIANTS):
    for _index in range(0, len(_pairs), 2):
        _TABLE[ord(_pairs[_index])] = _pairs[_index + 1]
for _mark in _DASHES:
    _TABLE[ord(_mark)] = "-"
for _mark in _LOOSE:
    _TABLE[ord(_mark)] = " "
for _mark in _BORDERS:
    _TABLE[ord(_mark)] = BORDER

_SOFT = re.compile(r"[\s\-]+")
_DASHED = re.compile(r"(?:(?<=[^a-z\s\-])|(?<=\dg)|(?<=\dmg)|(?<=\dkg)|(?<=\dml))\s*-+\s*(?=[^a-z\s\-])")
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_MANY_BORDERS = re.compile(r"\s*\|[\s|]*")
_SPELLED = re.compile(r"(?<![a-z0-9])(?:[a-z] )+[a-z](?![a-z0-9])")
_CAPSULE = re.compile("胶[襄馕瓤裹裏攮](?=[^a-z])")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return the comparison form of a name: NFKC, lower case, simplified, one border mark, no loose marks.

    A space stays only between two Latin or digit runs (``18f fdg pet ct``), so that runs do not melt.
    """
    plain = unicodedata.normalize("NFKC", text).lower().translate(_TABLE)
    if "-" in plain:
        # A dash beside a Latin letter joins (PET-CT, X-刀); between other signs and after a measure it
        # parts (儿科-阿胶, 阿胶10g-门诊).
        plain = _DASHED.sub(BORDER, plain)
    if "-" in plain or " " in plain or "\t" in plain or "\u3000" in plain or "\n" in plain:
        plain = _tighten(plain)
    if BORDER in plain:
        plain = _MANY_BORDERS.sub(BORDER, plain).strip(BORDER)
    if "胶" in plain:
        plain = _CAPSULE.sub("胶囊", plain)
    return plain


def _tighten(text: str) -> str:
    parts = [part for part in _SOFT.split(text) if part]
    if not parts:
        return ""
    joined = [parts[0]]
    for part in parts[1:]:
        joined.append(" " + part if joined[-1][-1] in _LATIN and part[0] in _LATIN else part)
    tight = "".join(joined)
    return _SPELLED.sub(lambda found: found.group().replace(" ", ""), tight)


def without_borders(folded: str) -> str:
    """Return folded text with the borders taken out, for words that brackets cut in two."""
    return folded.replace(BORDER, "")


_MEASURE = re.compile(
    r"(?:[x×]\s*)?\d+(?:[.\s]\d+)?\s*"
    r"(?:kg|mg|ml|g|千克|公斤|克|毫升|袋|包|盒|瓶|支|片|粒|条|对|只|剂|付|帖|贴|次|个|枚|套|日|天|级|号|头|%)?"
    r"(?:\|?[x×]?\s*\d+\s*(?:g|克|袋|包|盒|瓶|支|剂|付|贴|片|粒)?)?$"
)


_DIGIT = re.compile(r"\d")
_LEADING_MEASURE = re.compile(
    r"^\d+(?:[. ]\d+)?(?:kg|mg|g|千克|公斤|克|袋|包|盒|瓶|支|片|粒|条|对|只|枚)\|?(?=[^\d])"
)


def without_measure(folded: str) -> str:
    """Take counts and sizes off the end of a folded name (``阿胶10g``, ``西洋参|5g|袋``)."""
    if not _DIGIT.search(folded):
        return folded.rstrip(" |x×") or folded
    folded = _LEADING_MEASURE.sub("", folded) or folded
    while True:
        shorter = _MEASURE.sub("", folded).rstrip(" |x×")
        if shorter == folded or not shorter:
            return folded
        folded = shorter


_NOISE = re.compile(
    r"\d+(?:[. ]\d+)?(?:元|角|分|次|天|日|人|例|项|人次|床日|小时|分钟|g|mg|ml|个|支|片|盒|号|克"
    r"|剂|付|帖|贴|味|包|袋)?"
    r"|[全医非]?自费|[甲乙丙](?:类)?|[^|]{1,4}科|门诊?|住院?|急诊?|病区|门急诊|进口|国产|合资|[新旧]|每[次日天人项例]"
    r"|一次性|单价|限价|小包装|收费|普通|非?医保[内外]?|公费|目录[内外]|[次元日天人个项例]|[a-z]{1,3}"
)


def core(folded: str) -> tuple[str, ...]:
    """Return the parts of a folded name without remarks (payer, unit, price, department) and counts."""
    parts = [without_measure(part) for part in folded.split(BORDER)]
    kept = tuple(part for part in parts if part and not _NOISE.fullmatch(part))
    return kept or tuple(parts)
