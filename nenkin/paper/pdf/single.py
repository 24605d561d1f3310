"""One document as a file of its own, drawn by reportlab."""

from __future__ import annotations

from io import BytesIO

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from nenkin.paper.pdf.font import library_font
from nenkin.paper.pdf.sheet import HEIGHT, MM, WIDTH, Drawing

__all__ = ["document"]


def document(drawing: Drawing, title: str) -> bytes:
    """The PDF, the same bytes for the same drawing; raises FontMissing."""
    font = library_font()
    pdfmetrics.registerFont(font)
    file = BytesIO()
    # Invariant: no time and no random identity inside.
    canvas = Canvas(
        file, pagesize=(WIDTH * MM, HEIGHT * MM), invariant=1, pageCompression=1, lang="ja"
    )
    canvas.setTitle(title)
    for box in drawing.boxes:
        canvas.setFillGray(box.grey)
        canvas.rect(
            box.x * MM,
            (HEIGHT - box.y - box.height) * MM,
            box.width * MM,
            box.height * MM,
            stroke=0,
            fill=1,
        )
    for line in drawing.lines:
        canvas.setLineWidth(line.thickness)
        canvas.line(line.x * MM, (HEIGHT - line.y) * MM, line.to_x * MM, (HEIGHT - line.to_y) * MM)
    canvas.setFillGray(0)
    for text in drawing.texts:
        canvas.setFont(font.fontName, text.size)
        canvas.drawString(text.x * MM, (HEIGHT - text.y) * MM, text.text)
    canvas.showPage()
    canvas.save()
    return file.getvalue()
