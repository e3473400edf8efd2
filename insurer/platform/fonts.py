"""Fonts of the letters: small ones built once from the system's, and the check that no character is lost.

Noto CJK covers every name we have met but is slow to load and subset for each letter. ``build_fonts`` cuts
the three faces that letters use down to the characters that nearly every letter needs; what they lack
(a rare name) comes from the full system fonts, and what nobody has is refused before a letter is made.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

from insurer.kernel.errors import Unavailable

BUILT_FONTS = Path(__file__).resolve().parents[2] / "build" / "fonts"
"""Where ``build_fonts`` puts its files in a checkout; the folder is not versioned."""

_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")

# Characters of personal and place names outside GB 2312 that rosters show often. A name outside both sets
# still prints, from the full font, a little more slowly.
_NAME_CHARACTERS = (
    "堃喆翀旸昇甯濛昉珺玥瑄煊璟祎婳烜赟燚犇甡垚堉埔塬墘奡妘姸姮婞媖媛媞嫚嫣嬿孖宬峣崟嵘嵚巎帡"
    "彧忞忻怡悫惇愔憓戬揆旂旃旻昕昜昪昫昳昺晅晊晙晞晟晧晳暐暘暕暲曈曌朏杺枬柽栻桉桢梓梣棽楸楹榮槿樾橦檩"
    "欣歆殳毓沄沅沚泓洺浛浠浡浥涴淏淯渼湉湜溁溆滢漪潆潇澍澔澧濬瀚瀞灏炆炘炜炫烔烨焜焯煐煜煦熙熵燊爔牮"
    "玎玓玘玟玢玮玠玡玦玧玭玹珂珈珅珉珏珑珙珝珞珣珩珪珮琀琇琎琏琛琤琦琨琪琬琮琰琲琳琼瑀瑆瑑瑗瑜瑢瑧瑨瑭瑱璁璆"
    "璇璈璐璘璠璥璨璩璪璿瓒甄畇畯疏皓皛皞皦盷眙睎睟瞳矞砺磊礽祁祜祚祧禔禕禛禤稜穂竑筠筱箐箴篁簃籛粲絜綦縯"
    "繁纮纯纾绁绂绮绰缇缦缨罡羿翊翎翙翚翟翥翯翾聪肜胤脩芃芊芾苡苧苒茀茜茳荀荃荇莙莜莳菡菲萁萱葳葶蒴蓁蓉"
    "蓥蔚蔺蕙蕤薇藜蘅虓蛟蜚衎衍袆裔裬觐訚詠谌谞豫贇赪跞踔轩轫迺逄逯邕邡邳邵邾郄郗郚郜郝郯郾鄄鄌酆醴釗鈺"
    "鋆鎏鏐鑫钘钜钤钰钶铄铖铠锜锟锬锳锴镔镕镠镡镤镱闵闿阇陟隽雱雯雳霁霈霏霓霖霙霭靓靖鞠韫韬韵頔頠頫顗颀颉颋颖"
    "颛飏飖馡骁骊骋骎骐骞骢鲲鲸鳌鹄鹏鹭麒麓麟黎黛鼐鼒龑龢䶮㛃㭎㮾䂮䓖䗖䜣䲟𠮷溇漕漖滆夾邨鑛埗圩堽墩"
)
_SIGNS = "￥¥〔〕（）《》〈〉「」『』【】“”‘’、，。：；！？…—－–−·×÷％℃№①②③④⑤⑥⑦⑧⑨⑩■□●○◆◇△▲→←↑↓✓\u3000\u00a0"


@dataclass(frozen=True, slots=True)
class Face:
    """One face that letters use: the CSS family we give it, its weight and where it is cut from."""

    family: str
    weight: int
    file_name: str
    sources: tuple[str, ...]
    system_family: str


FACES = (
    Face(
        "Letter Serif",
        400,
        "letter-serif-regular.otf",
        ("NotoSerifCJK-Regular.ttc", "NotoSerifCJKsc-Regular.otf"),
        "Noto Serif CJK SC",
    ),
    Face(
        "Letter Serif",
        700,
        "letter-serif-bold.otf",
        ("NotoSerifCJK-Bold.ttc", "NotoSerifCJKsc-Bold.otf"),
        "Noto Serif CJK SC",
    ),
    Face(
        "Letter Sans",
        700,
        "letter-sans-bold.otf",
        ("NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold.otf"),
        "Noto Sans CJK SC",
    ),
)

RARE_FILES = ("HanaMinA.ttf", "HanaMinB.ttf")
"""Full-range fonts for characters beyond Noto (CJK extensions B to F)."""

FONT_STACKS = {
    "serif": ("Letter Serif", "Noto Serif CJK SC", "HanaMinA", "HanaMinB"),
    "sans": ("Letter Sans", "Noto Sans CJK SC", "Noto Serif CJK SC", "HanaMinA", "HanaMinB"),
}
"""The only families a letter may end up with, in order of preference."""

ALLOWED_FAMILIES = frozenset(name for stack in FONT_STACKS.values() for name in stack)


def frequent_characters() -> frozenset[str]:
    """Return the characters of the small fonts: GB 2312 levels 1 and 2, names, Latin, signs."""
    chars = {chr(code) for code in range(0x20, 0x7F)}
    for lead in range(0xA1, 0xF8):
        for trail in range(0xA1, 0xFF):
            try:
                chars.add(bytes((lead, trail)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return frozenset(chars | set(_NAME_CHARACTERS) | set(_SIGNS))


@lru_cache(maxsize=64)
def find_font(*names: str) -> Path | None:
    """Return the first installed font file with one of these names, or None."""
    for folder in _FOLDERS:
        if not folder.is_dir():
            continue
        present = {
            name: Path(base) / name for base, _, files in os.walk(folder) for name in files if name in names
        }
        for name in names:
            if name in present:
                return present[name]
    return None


def _open_face(path: Path, family: str) -> TTFont:
    if path.suffix != ".ttc":
        return TTFont(path, lazy=True)
    for font in TTCollection(str(path), lazy=True).fonts:
        if font["name"].getDebugName(1) == family:
            return font
    raise Unavailable(f"字体文件 {path.name} 里没有 {family}，请重新安装软件包 fonts-noto-cjk")


def build_fonts(
    target: Path = BUILT_FONTS,
    *,
    faces: Iterable[Face] = FACES,
    characters: Iterable[str] | None = None,
) -> list[Path]:
    """Write the small fonts (by default three, of :func:`frequent_characters`) and return their paths.

    Raises :class:`Unavailable` when the system fonts are not installed. Each file is written beside its
    place and moved there, so that a renderer never reads half a font.
    """
    target.mkdir(parents=True, exist_ok=True)
    wanted = sorted(ord(char) for char in (characters or frequent_characters()))
    written = []
    for face in faces:
        source = find_font(*face.sources)
        if source is None:
            raise Unavailable(f"没有找到字体 {face.sources[0]}，请安装软件包 fonts-noto-cjk 后再试")
        options = subset.Options(
            layout_features=["kern"],
            name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
            drop_tables=["BASE", "VORG", "vhea", "vmtx"],
            hinting=False,
            desubroutinize=False,
            notdef_outline=True,
            glyph_names=False,
        )
        font = _open_face(source, face.system_family)
        # The file must depend on its source alone, or letters would differ from machine to machine.
        font.recalcTimestamp = False
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=wanted)
        subsetter.subset(font)
        draft = target / (face.file_name + ".part")
        font.save(draft, reorderTables=False)
        draft.replace(target / face.file_name)
        written.append(target / face.file_name)
    return written


@lru_cache(maxsize=1)
def covered_characters() -> frozenset[int]:
    """Return every code point that some font of the letters can draw.

    Raises :class:`Unavailable` when not even the system serif is installed: letters would be boxes.
    """
    covered: set[int] = set()
    for face in FACES:
        source = find_font(*face.sources)
        if source is None:
            raise Unavailable(f"没有找到字体 {face.sources[0]}，请安装软件包 fonts-noto-cjk 后再试")
        # Serif and Sans CJK cover the same repertoire, but a mark missing from one of them would print
        # as a box, so only what both have counts.
        codes = set(_open_face(source, face.system_family).getBestCmap())
        covered = codes if not covered else covered & codes
    for name in RARE_FILES:
        path = find_font(name)
        if path is not None:
            covered |= set(TTFont(path, lazy=True).getBestCmap())
    return frozenset(covered)


def uncovered(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the characters of ``texts`` that no font can draw, in order of first appearance."""
    covered = covered_characters()
    missing: dict[str, None] = {}
    for text in texts:
        for char in text:
            if ord(char) not in covered and char not in "\n\r\t\u200b":
                missing.setdefault(char)
    return tuple(missing)


def font_face_css(folder: Path = BUILT_FONTS) -> str:
    """Return the @font-face rules for the built fonts that exist (scheme ``letterfont:``), or nothing."""
    return "".join(
        f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};'
        f'src:url("letterfont:{face.file_name}")}}'
        for face in FACES
        if (folder / face.file_name).is_file()
    )


def main() -> None:
    """Build the fonts into the checkout's ``build/fonts`` (``python -m insurer.platform.fonts``)."""
    build_fonts()


if __name__ == "__main__":
    main()
