"""A document as PDF: A4, heads of tables repeated, pages numbered, lines to sign on. The same document, the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime

from fpdf import FPDF

from geo_api.formats.documents.font import FONT, GETA, Ruler, advances, missing, system_font
from geo_api.formats.documents.texts import number_line, shown, texts_of, word
from geo_api.services.documents.model import Document, Table, Value

MARGIN, FOOT = 15.0, 17.0
"""Millimetres."""
SIZE, SMALL, TITLE, HEADING = 8.5, 7.5, 17.0, 11.5
"""Points."""
PT = 25.4 / 72
LEADING, PAD = 1.32, 0.9
MADE = datetime(2000, 1, 1, tzinfo=UTC)
INK, FAINT, RULE, HEAD, TOTAL = (25, 30, 36), (105, 112, 120), (150, 158, 168), (232, 237, 243), (244, 246, 249)


def document_pdf(document: Document) -> bytes:
    """The PDF. Characters that neither the vendored nor the system's font has are shown as 〓, and a note says which."""
    return Printed(document).bytes()


class Printed:
    """One PDF being drawn."""

    def __init__(self, document: Document) -> None:
        self._document = document
        fonts = [advances()]
        text = texts_of(document)
        pdf = _Pages(document)
        pdf.add_font("body", fname=str(FONT))
        lacking = missing(text, *fonts)
        system = system_font() if lacking else None
        if system is not None:
            fonts.append(advances(*system))
            pdf.add_font("more", fname=str(system[0]), collection_font_number=system[1])
            pdf.set_fallback_fonts(["more"])
        self.missing = missing(text, *fonts) if lacking else ()
        self._gone = str.maketrans(dict.fromkeys(self.missing, GETA))
        self._ruler = Ruler(*fonts)
        self._pdf = pdf
        self._room = pdf.w - 2 * MARGIN
        pdf.add_page()

    def bytes(self) -> bytes:
        """Draw all of it."""
        document, pdf = self._document, self._pdf
        self._text(document.title, TITLE, centred=True)
        self._text(document.subtitle, SIZE + 1, centred=True, colour=FAINT)
        pdf.ln(2)
        self._particulars()
        for table in document.tables:
            self._table(table)
        self._signatures()
        notes = document.notes
        if self.missing:
            found = " ".join(f"U+{ord(c):04X}" for c in self.missing)
            notes = (*notes, word("missing", document.language, found=found))
        for note in notes:
            self._text(note, SMALL, colour=FAINT)
        return bytes(pdf.output())

    # ------------------------------------------------------------------------------------------------ parts
    def _particulars(self) -> None:
        pdf, half = self._pdf, self._room / 2
        pairs = self._document.particulars
        for left in range(0, len(pairs), 2):
            row = pairs[left : left + 2]
            label = 32.0
            names = [self._lines(name, SIZE, label - 2) for name, _ in row]
            cut = [self._lines(value, SIZE, half - label - 2) for _, value in row]
            height = max(len(lines) for lines in (*names, *cut)) * SIZE * PT * LEADING + 1
            self._keep(height)
            top = pdf.get_y()
            for k, (name, lines) in enumerate(zip(names, cut, strict=True)):
                at = MARGIN + k * half
                self._write(name, at, top, label - 2, SIZE, colour=FAINT)
                self._write(lines, at + label, top, half - label - 2, SIZE)
            pdf.set_y(top + height)
        pdf.ln(2)

    def _table(self, table: Table) -> None:
        pdf = self._pdf
        widths = self._widths(table)
        head = [self._lines(c.title, SMALL, w - 2 * PAD) for c, w in zip(table.columns, widths, strict=True)]
        self._keep(HEADING * PT * LEADING + self._height(head, SMALL) + SIZE * PT * LEADING * 2 + 4)
        pdf.ln(2)
        self._text(table.title, HEADING)
        self._head(table, head, widths)
        for n, row in enumerate(table.rows):
            total = table.total and n == len(table.rows) - 1
            self._row(table, row, widths, head, fill=TOTAL if total else None)
        pdf.ln(0.8)
        if not table.rows:
            self._text(table.empty or word("nothing", self._document.language), SIZE, colour=FAINT)
        if table.note:
            self._text(table.note, SMALL, colour=FAINT)
        pdf.ln(1)

    def _widths(self, table: Table) -> list[float]:
        whole = sum(c.width for c in table.columns)
        return [self._room * c.width / whole for c in table.columns]

    def _head(self, table: Table, head: list[list[str]], widths: list[float]) -> None:
        self._cells(head, widths, _sides(table), SMALL, fill=HEAD)

    def _row(
        self,
        table: Table,
        row: tuple[Value, ...],
        widths: list[float],
        head: list[list[str]],
        *,
        fill: tuple[int, int, int] | None,
    ) -> None:
        texts = [shown(value, column) for value, column in zip(row, table.columns, strict=True)]
        cut = [self._lines(text, SMALL, w - 2 * PAD) for text, w in zip(texts, widths, strict=True)]
        room = self._pdf.h - FOOT - MARGIN - self._height(head, SMALL) - 2 * PAD
        most = max(1, int(room / (SMALL * PT * LEADING)))
        for first in range(0, max(len(lines) for lines in cut), most):  # a row longer than a page goes on on the next
            part = [lines[first : first + most] for lines in cut]
            if self._keep(self._height(part, SMALL)):
                self._head(table, head, widths)
            self._cells(part, widths, _sides(table), SMALL, fill=fill)

    def _cells(
        self,
        cut: list[list[str]],
        widths: list[float],
        sides: list[str],
        size: float,
        *,
        fill: tuple[int, int, int] | None,
    ) -> None:
        pdf, height, left, top = self._pdf, self._height(cut, size), MARGIN, self._pdf.get_y()
        pdf.set_draw_color(*RULE)
        pdf.set_line_width(0.15)
        for lines, width, side in zip(cut, widths, sides, strict=True):
            if fill is not None:
                pdf.set_fill_color(*fill)
            pdf.rect(left, top, width, height, "FD" if fill is not None else "D")
            self._write(lines, left + PAD, top + PAD * 0.7, width - 2 * PAD, size, side=side)
            left += width
        pdf.set_y(top + height)

    def _signatures(self) -> None:
        document, pdf = self._document, self._pdf
        if not document.signatures:
            return
        rows = (len(document.signatures) + 1) // 2
        self._keep(rows * 13 + 4)
        pdf.ln(5)
        half = self._room / 2
        pdf.set_draw_color(*INK)
        pdf.set_line_width(0.2)
        for k, label in enumerate(document.signatures):
            at, top = MARGIN + (k % 2) * half, pdf.get_y()
            said = self._said(label)
            self._write([said], at, top, half, SIZE)
            line = at + max(30.0, self._ruler.width(said, SIZE) * PT + 2)
            date = word("date", document.language)
            date_at = at + half - 34
            pdf.line(line, top + 4.2, date_at - 3, top + 4.2)
            self._write([date], date_at, top, 10, SIZE)
            pdf.line(date_at + 10, top + 4.2, at + half - 3, top + 4.2)
            if k % 2 or k == len(document.signatures) - 1:
                pdf.set_y(top + 12)
        pdf.ln(1)

    # ------------------------------------------------------------------------------------------------ drawing
    def _text(self, text: str, size: float, *, centred: bool = False, colour: tuple[int, int, int] = INK) -> None:
        if not text:
            return
        lines = self._lines(text, size, self._room)
        for line in lines:
            self._keep(size * PT * LEADING)
            top = self._pdf.get_y()
            self._write([line], MARGIN, top, self._room, size, side="C" if centred else "L", colour=colour)
            self._pdf.set_y(top + size * PT * LEADING + 0.6)

    def _write(
        self,
        lines: list[str],
        left: float,
        top: float,
        width: float,
        size: float,
        *,
        side: str = "L",
        colour: tuple[int, int, int] = INK,
    ) -> None:
        pdf, step = self._pdf, size * PT * LEADING
        pdf.set_font("body", size=size)
        pdf.set_text_color(*colour)
        for n, line in enumerate(lines):
            if line:
                pdf.set_xy(left, top + n * step)
                pdf.cell(width, step, line, align=side)

    def _said(self, text: str) -> str:
        return text.translate(self._gone)

    def _lines(self, text: str, size: float, room_mm: float) -> list[str]:
        plain = "".join(c if c.isprintable() or c == "\n" else " " for c in self._said(text))
        return self._ruler.lines(plain, size, room_mm / PT)

    @staticmethod
    def _height(cut: list[list[str]], size: float) -> float:
        return max(len(lines) for lines in cut) * size * PT * LEADING + 2 * PAD * 0.7

    def _keep(self, height: float) -> bool:
        """Begin a new page where so many millimetres are not left; whether one was begun."""
        pdf = self._pdf
        if pdf.get_y() + height <= pdf.h - FOOT:
            return False
        pdf.add_page()
        return True


def _sides(table: Table) -> list[str]:
    """Numbers stand to the right, with their heads above them."""
    return ["R" if c.kind in ("whole", "number", "percent") else "L" for c in table.columns]


class _Pages(FPDF):
    """Pages with their foot; bytes that do not depend on the clock."""

    def __init__(self, document: Document) -> None:
        super().__init__(orientation="landscape" if document.wide else "portrait", unit="mm", format="A4")
        self._document = document
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(auto=False)
        self.c_margin = 0
        self.set_creation_date(MADE)
        self.set_title(document.title)
        self.set_creator("Gridward")
        self.set_producer("Gridward")
        self.set_lang("zh-CN" if document.language == "zh" else "en")
        self.alias_nb_pages("{nb}")

    def footer(self) -> None:
        """Number of the page, and of the document."""
        self.set_y(self.h - 11)
        self.set_font("body", size=SMALL)
        self.set_text_color(*FAINT)
        self.set_x(MARGIN)
        self.cell(self.w - 2 * MARGIN, 4, number_line(self._document), align="L")
        self.set_x(MARGIN)
        number = word("page", self._document.language, page=self.page_no(), pages="{nb}")
        self.cell(self.w - 2 * MARGIN, 4, number, align="R")
