"""How the cells of a workbook show their numbers: as numbers or as days, by the styles that they name."""

import io
import zipfile
from datetime import date, timedelta
from typing import Final

from python_calamine import CalamineWorkbook

from insurer.people.reading.package import Package, Unusual
from insurer.people.reading.parsed_book import is_panic

_FIRST: Final = 61
_LAST: Final = 2_958_465
"""Days from March 1900, before which programs differ, to the end of the year 9999."""
_DAY_0: Final = date(1899, 12, 30)
_TRIED: Final = 45_000
_STYLES: Final = 4_096
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES: Final = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_ROOT: Final = (
    f'<Relationships xmlns="{_RELATIONS}">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_BOOK: Final = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_PARTS: Final = (
    f'<Relationships xmlns="{_RELATIONS}">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)


class CellFormats:
    """The styles of one workbook, each tried once with the parser of spreadsheets, which knows them all."""

    def __init__(self, archive: zipfile.ZipFile, package: Package) -> None:
        self._styles = archive.read(package.styles) if package.styles else b""
        self._shows: list[object] | None = None

    def shows_days(self, style: int) -> bool:
        """Tell whether a style shows numbers as days; raises :class:`Unusual` if as something else again."""
        if not self._styles:
            if style:
                raise Unusual("a style that does not exist")
            return False
        if self._shows is None:
            self._shows = _tried(self._styles)
        shown = self._shows[style] if style < len(self._shows) else None
        if isinstance(shown, float):
            return False
        if shown == day_of(_TRIED):
            return True
        raise Unusual("a format of its own")


def day_of(value: float) -> date:
    """Return the day that a number shows; raises :class:`Unusual` for a time or a day out of range."""
    if not (_FIRST <= value <= _LAST and value == int(value)):
        raise Unusual("no day")
    return _DAY_0 + timedelta(days=int(value))


def _tried(styles: bytes) -> list[object]:
    """Return what one number becomes in each style."""
    rows = "".join(
        f'<row r="{n + 1}"><c r="A{n + 1}" s="{n}"><v>{_TRIED}</v></c></row>' for n in range(_STYLES)
    )
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _ROOT)
        archive.writestr("xl/workbook.xml", _BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", _PARTS)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        archive.writestr("xl/styles.xml", styles)
    stream.seek(0)
    try:
        return [row[0] for row in CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0).iter_rows()]
    except BaseException as error:
        if isinstance(error, Exception) or is_panic(error):
            raise Unusual("styles") from error
        raise
