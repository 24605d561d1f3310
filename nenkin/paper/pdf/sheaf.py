"""Many documents of one kind in one file, for the printer: font and prepared page once, of each document its own texts.

The library draws a page in milliseconds; what differs between two statements is some dozens of short texts, which are
written here as glyphs directly.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import BinaryIO

from nenkin.paper.pdf.font import face
from nenkin.paper.pdf.sheet import HEIGHT, MM, WIDTH, Drawing, Text

__all__ = ["Sheaf"]

_LEVEL = 6
# The objects that stand in a file once; pages follow, each with its content.
_CATALOG, _PAGES, _FONT, _CID_FONT, _DESCRIPTOR, _FONT_FILE, _UNICODE, _PREPARED, _FIRST = range(
    1, 10
)


class Sheaf:
    """A file that is being written; `finish` makes it whole."""

    def __init__(self, file: BinaryIO, prepared: Drawing) -> None:
        """`prepared` is what every page has; raises FontMissing."""
        self._file = file
        self._face = face()
        # Glyphs are numbered as they come, and so they stand in the font that `finish` makes.
        self._glyphs: dict[int, int] = {0: 0}
        self._codes: dict[str, str] = {}
        self._places: dict[int, int] = {}
        self._at = 0
        self._pages = 0
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        box = f"/BBox [0 0 {_number(WIDTH * MM)} {_number(HEIGHT * MM)}]"
        fonts = f"/Resources << /Font << /F {_FONT} 0 R >> >>"
        self._stream(
            _PREPARED, self._drawn(prepared), f"/Type /XObject /Subtype /Form {box} {fonts}"
        )

    @property
    def pages(self) -> int:
        """Documents so far."""
        return self._pages

    def add(self, texts: Iterable[Text]) -> None:
        """Adds a document by the texts that are its own."""
        number = _FIRST + 2 * self._pages
        self._pages += 1
        content = f"/P Do\n{self._written(texts)}"
        self._stream(number + 1, content, "")
        box = f"[0 0 {_number(WIDTH * MM)} {_number(HEIGHT * MM)}]"
        self._object(
            number,
            f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox {box} /Contents {number + 1} 0 R "
            f"/Resources << /Font << /F {_FONT} 0 R >> /XObject << /P {_PREPARED} 0 R >> >> >>",
        )

    def finish(self) -> None:
        """Writes the font with the glyphs that were used, the list of pages, and where everything stands."""
        codes = [ord(one) for one in self._codes]
        font = self._face.makeSubset(codes)
        widths = " ".join(
            str(round(self._face.charWidths.get(ord(one), 0))) for one in self._first_by_glyph()
        )
        head = self._face
        self._object(_CATALOG, f"<< /Type /Catalog /Pages {_PAGES} 0 R /Lang (ja) >>")
        kids = " ".join(f"{_FIRST + 2 * page} 0 R" for page in range(self._pages))
        self._object(_PAGES, f"<< /Type /Pages /Count {self._pages} /Kids [{kids}] >>")
        self._object(
            _FONT,
            f"<< /Type /Font /Subtype /Type0 /BaseFont /AAAAAA+Japanese /Encoding /Identity-H "
            f"/DescendantFonts [{_CID_FONT} 0 R] /ToUnicode {_UNICODE} 0 R >>",
        )
        self._object(
            _CID_FONT,
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /AAAAAA+Japanese /CIDToGIDMap /Identity "
            f"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/FontDescriptor {_DESCRIPTOR} 0 R /DW 1000 /W [1 [{widths}]] >>",
        )
        box = " ".join(str(round(one)) for one in head.bbox)
        self._object(
            _DESCRIPTOR,
            f"<< /Type /FontDescriptor /FontName /AAAAAA+Japanese /Flags 4 /FontBBox [{box}] "
            f"/ItalicAngle 0 /Ascent {round(head.ascent)} /Descent {round(head.descent)} "
            f"/CapHeight {round(head.capHeight)} /StemV 80 /FontFile2 {_FONT_FILE} 0 R >>",
        )
        self._stream(_FONT_FILE, font, f"/Length1 {len(font)}")
        self._stream(_UNICODE, self._unicode(), "")
        self._index()

    def _drawn(self, drawing: Drawing) -> str:
        parts = []
        for box in drawing.boxes:
            numbers = (
                box.x * MM,
                (HEIGHT - box.y - box.height) * MM,
                box.width * MM,
                box.height * MM,
            )
            parts.append(f"{_number(box.grey)} g {' '.join(map(_number, numbers))} re f")
        parts.append("0 g")
        for line in drawing.lines:
            start = f"{_number(line.x * MM)} {_number((HEIGHT - line.y) * MM)}"
            end = f"{_number(line.to_x * MM)} {_number((HEIGHT - line.to_y) * MM)}"
            parts.append(f"{_number(line.thickness)} w {start} m {end} l S")
        return "\n".join((*parts, self._written(drawing.texts)))

    def _written(self, texts: Iterable[Text]) -> str:
        parts = ["BT"]
        now = 0.0
        for x, y, size, text in texts:
            if size != now:
                parts.append(f"/F {size:.2f} Tf")
                now = size
            codes = self._codes
            try:
                glyphs = "".join([codes[one] for one in text])
            except KeyError:
                glyphs = "".join([self._code(one) for one in text])
            parts.append(f"1 0 0 1 {x * MM:.2f} {(HEIGHT - y) * MM:.2f} Tm <{glyphs}> Tj")
        parts.append("ET")
        return "\n".join(parts)

    def _code(self, one: str) -> str:
        if one not in self._codes:
            glyph = self._face.charToGlyph.get(ord(one), 0)
            place = self._glyphs.setdefault(glyph, len(self._glyphs))
            self._codes[one] = f"{place:04X}"
        return self._codes[one]

    def _first_by_glyph(self) -> list[str]:
        """A character for each glyph but the first, in their order."""
        found: dict[str, str] = {}
        for one, code in self._codes.items():
            found.setdefault(code, one)
        return [found[code] for code in sorted(found) if code != "0000"]

    def _unicode(self) -> str:
        """Which character a glyph is, for whoever copies or searches."""
        lines = [
            f"<{int(code, 16):04X}> <{one.encode('utf-16-be').hex().upper()}>"
            for one, code in self._codes.items()
        ]
        blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
        mapped = "\n".join(
            f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks
        )
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /J def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
            f"{mapped}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
        )

    def _index(self) -> None:
        start = self._at
        count = len(self._places) + 1
        lines = ["0000000000 65535 f \n"]
        lines += [f"{self._places[number]:010d} 00000 n \n" for number in range(1, count)]
        self._write(f"xref\n0 {count}\n{''.join(lines)}".encode())
        self._write(
            f"trailer\n<< /Size {count} /Root {_CATALOG} 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
        )

    def _stream(self, number: int, content: str | bytes, more: str) -> None:
        raw = content.encode("ascii") if isinstance(content, str) else content
        data = zlib.compress(raw, _LEVEL)
        head = f"{number} 0 obj\n<< {more} /Filter /FlateDecode /Length {len(data)} >>\nstream\n"
        self._places[number] = self._at
        self._write(b"".join((head.encode(), data, b"\nendstream\nendobj\n")))

    def _object(self, number: int, text: str) -> None:
        self._places[number] = self._at
        self._write(f"{number} 0 obj\n{text}\nendobj\n".encode())

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._at += len(data)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
