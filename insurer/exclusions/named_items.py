"""Items the policy names (XB-二(二)4) that word lists cannot catch: PET-CT, capsules, chapters.

The capsule is any scope swallowed as a capsule; PET needs care, for the letters also stand for a plastic, sit
inside SPECT and PETHEMA, and a tracer alone does not tell the machine.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

Answer = Literal["excluded", "review"]


class Named(NamedTuple):
    """A named item found: what it decides, the item, the text or code that shows it."""

    decision: Answer
    item: str
    matched: str


_CAPSULE = re.compile(
    r"胶囊(?!剪)[^|]{0,6}?(?:镜(?!下|检(?!查))|内窥|内视|机器人|照相|摄像|摄影|拍照)"
    r"|(?:内镜|内窥镜|胃镜|肠镜|食管镜)(?:用|[^|]{0,4}式)?胶囊|磁控\|?胶囊"
)
_CAPSULE_ALONE = re.compile(
    r"(?:磁控|小肠|大肠|结肠|胃肠|消化道|食管|食道|智能|无线|电子|吞[咽服]|遥控|影像|视频|诊断)(?:式|用)?胶囊"
)
_OTHER_CAPSULE = (
    "ph",
    "呼气",
    "尿素",
    "测压",
    "动力",
    "传输",
    "海绵",
    "细胞",
    "振动",
    "起搏",
    "微生态",
    "菌",
)
"""What else is swallowed as a capsule, or looks like one, and is no scope."""

_BESIDE = re.compile(
    r"会诊|光盘|刻录|胶片|定位仪|引导|计划|勾画|复印|预约|准备|咨询|宣教|陪检|取出|滞留|嵌顿|导航"
)
"""Words that make a name one of something beside the named item: a person looks at it."""

_CAPSULE_LATIN = re.compile(r"(?<![a-z])(?:omom|pillcam|mirocam|navicam|endocapsule|capsule ?endoscop\w*)")
_PET_CT = re.compile(
    r"(?<![a-z])(?:18f|68ga|11c|f18)?[ |]*(?:fdg|psma|dotatate|fapi)?[ |]*pet[ |一]*(?:x线)?[ |一]*ct"
    r"|[派佩]特[ |一]*ct|正电子[ |]*(?:ct|计算机断层[^|]{0,6}ct)"
)
_RUN_TOGETHER = re.compile(r"(?<!s)petct")
_PET_ONLY = re.compile(r"(?<![a-z])pet(?![a-z])")
_PET_MR = re.compile(r"(?<![a-z])pet[ |一]*(?:mr|磁共振)|[派佩]特[ |]*(?:mr|磁共振)|正电子[^|]*磁共振")
_POSITRON = re.compile(r"正电子[^|]{0,6}(?:断层|扫描|体层|显像)")
_POSITRON_CT = re.compile(r"正电子[^|]{0,4}断层[|]?(?:x线|x射线|ct)")
_SCAN_WORDS = (
    "显像",
    "扫描",
    "检查",
    "断层",
    "成像",
    "融合",
    "全身",
    "躯干",
    "脑",
    "心肌",
    "正电子",
    "肿瘤",
    "代谢",
)
_PLASTIC_WORDS = (
    "软袋", "瓶", "膜", "材质", "容器", "纤维", "补片", "人工血管", "采血管", "试管", "包装", "缝线", "塑料",
    "方案", "输液", "管路", "袋", "线", "聚酯", "化疗",
)  # fmt: skip
_SINGLE_PHOTON = re.compile(r"spect|单光子")
_POSITRON_NAMES = ("代谢", "肿瘤全身", "肿瘤局部", "正电子", "pet")


@lru_cache(maxsize=16384)
def find_named(folded: str, kind: str) -> Named | None:
    """Find capsule endoscopy or PET in a folded name; a drug line is only asked about."""
    if "胶囊" in folded or "omom" in folded or "cam" in folded or "capsule" in folded:
        flat = folded.replace("|", "")
        found = _CAPSULE.search(flat) or _CAPSULE_LATIN.search(folded)
        if found:
            return _named(folded, kind, "胶囊镜检查", found.group())
        found = _CAPSULE_ALONE.search(flat)
        if found and kind not in ("drug", "herb") and not any(word in folded for word in _OTHER_CAPSULE):
            return Named("excluded" if kind == "exam" else "review", "胶囊镜检查", found.group())
    if "pet" not in folded.replace(" ", "") and "正电子" not in folded and "特ct" not in folded:
        return None
    return _find_pet(folded, kind)


def _named(folded: str, kind: str, item: str, matched: str) -> Named:
    """A named item is certain unless the line is a drug or something beside the item itself."""
    sure = kind not in ("drug", "herb") and not _BESIDE.search(folded)
    return Named("excluded" if sure else "review", item, matched)


def _find_pet(folded: str, kind: str) -> Named | None:
    sure = kind not in ("drug", "herb")
    found = _PET_CT.search(folded) or _POSITRON_CT.search(folded)
    if found and not folded[: found.start()].endswith(("非", "不含", "除外")):
        return _named(folded, kind, "PET-CT", _shown(found.group()))
    compact = folded.replace(" ", "").replace("|", "")
    if _RUN_TOGETHER.search(compact):
        return _named(folded, kind, "PET-CT", "PETCT")
    if _SINGLE_PHOTON.search(folded):
        return None
    found = _PET_MR.search(folded)
    if found:
        return Named("review", "PET-MR", _shown(found.group()))
    found = _POSITRON.search(folded)
    if found and sure and ("断层" in folded or "pet" in folded):
        return Named("excluded", "PET-CT", found.group())
    found = _PET_ONLY.search(folded)
    if found is None or folded[: found.start()].endswith("类") or any(w in folded for w in _PLASTIC_WORDS):
        return None
    if kind in ("exam", "lab", "treatment", "service", "") and (
        kind == "exam" or folded == "pet" or any(word in folded for word in _SCAN_WORDS)
    ):
        return Named("excluded", "PET-CT", "PET")
    return Named("review", "PET", "PET") if kind != "material" else None


def _shown(matched: str) -> str:
    return matched.strip(" |").replace("|", " ").upper()


class Chapter(NamedTuple):
    """The chapter of the price catalogue that a service code belongs to, and whether the code is national."""

    prefix: str
    national: bool
    code: str


_NATIONAL = re.compile(r"00(\d{4})\d{9}")
_LOCAL = re.compile(r"(?:zl:|zl)?(\d{4})\d{5}(?:\d{2,6})?", re.IGNORECASE)


def chapter_of(code: str) -> Chapter | None:
    """Read the price chapter of a service code: 15 national digits, or a local code's first four.

    Local nine-digit codes look national and are not: only the chapter carries over.
    """
    found = _NATIONAL.fullmatch(code)
    if found:
        return Chapter(found.group(1), True, code)
    found = _LOCAL.fullmatch(code)
    return Chapter(found.group(1), False, code) if found else None


def find_by_chapter(chapter: Chapter, folded: str) -> Named | None:
    """Judge by price chapter: 2304 is positron imaging.

    Under a local code a name shared with single-photon imaging stays a question.
    """
    if chapter.prefix != "2304" or _SINGLE_PHOTON.search(folded):
        return None
    sure = chapter.national or any(word in folded for word in _POSITRON_NAMES)
    return Named("excluded" if sure else "review", "PET-CT（2304 章正电子显像）", chapter.code)
