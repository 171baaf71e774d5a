"""Documents as PDF, XLSX and pages: complete, printable, the same bytes for the same content, no box for a rare name."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.errors import BadRequest
from geo_api.formats.documents import DOCUMENT_TYPES, pdf, render_document
from geo_api.formats.documents.font import FONT, Ruler, advances, missing
from geo_api.services.documents.canonical import canonical, digest_of
from geo_api.services.documents.model import Column, Document, Table, from_mapping, to_mapping

RARE = "𠮷"
LONG = "海港路街道幸福南路十二号附近第三个路口向东五十米，再向北一百米"


def document(rows: int = 3, name: str = "王喆") -> Document:
    return Document(
        title="网格监管台账",
        subtitle="城西所 001",
        language="zh",
        particulars=(("组长", name), ("日期", "2026-11-21"), ("户数", "3")),
        tables=(
            Table(
                "明细",
                "经济户口明细",
                (
                    Column("名称", width=30),
                    Column("地址", width=30),
                    Column("时数", "number", 8),
                    Column("率", "percent", 8),
                    Column("日", "day", 11),
                ),
                (
                    *((f"商店{n}", LONG, n * 1.5, 0.25, "2026-10-01") for n in range(rows)),
                    ("合计", "", 4.5, None, None),
                ),
                total=True,
                note="说明一句。",
            ),
            Table("空", "空表", (Column("名称"),), (), empty="一个也没有"),
        ),
        signatures=("组长", "组员", "所长"),
        notes=("以系统记录为准。",),
    )


def text_of(body: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages]


@pytest.mark.parametrize("form", DOCUMENT_TYPES)
def test_the_same_document_is_the_same_bytes(form: str) -> None:
    assert render_document(document(), form) == render_document(document(), form)
    assert render_document(document(name="李四"), form)[0] != render_document(document(), form)[0]


def test_heads_are_repeated_and_pages_numbered() -> None:
    pages = text_of(render_document(document(90), "pdf")[0])
    assert len(pages) >= 3
    for n, text in enumerate(pages, 1):
        assert f"第 {n} 页，共 {len(pages)} 页" in text
        if "商店" in text:
            assert "名称" in text
    words = "".join(pages)
    assert all(f"商店{n}" in words for n in range(90))
    assert "王喆" in words
    assert "一个也没有" in words
    assert words.count("日期") == 1 + 3, "a date for each line to sign on"
    reader = pypdf.PdfReader(io.BytesIO(render_document(document(), "pdf")[0]))
    assert [round(float(v)) for v in reader.pages[0].mediabox[2:]] == [595, 842]
    assert reader.metadata is not None
    assert str(reader.metadata.creation_date).startswith("2000-01-01")


def test_a_wide_document_lies() -> None:
    page = pypdf.PdfReader(io.BytesIO(render_document(replace(document(), wide=True), "pdf")[0])).pages[0]
    assert [round(float(v)) for v in page.mediabox[2:]] == [842, 595]


def test_a_character_that_no_font_has_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "system_font", lambda: None)
    words = "".join(text_of(pdf.document_pdf(document(name=f"王{RARE}"))))
    assert "王〓" in words
    assert "U+20BB7" in words
    plain = "".join(text_of(pdf.document_pdf(document())))
    assert "〓" not in plain
    assert "U+" not in plain


def test_a_rare_character_is_taken_from_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    found = pdf.system_font()
    if found is None or ord(RARE) not in advances(*found):
        pytest.skip("this machine has no Noto Sans CJK with that character")
    words = "".join(text_of(pdf.document_pdf(document(name=f"王{RARE}"))))
    assert RARE in words
    assert "〓" not in words


def test_the_font_has_gb_2312_and_stays_small() -> None:
    every = "".join(
        bytes((a, b)).decode("gb2312", "ignore")
        for a in (*range(0xA1, 0xAA), *range(0xB0, 0xF8))
        for b in range(0xA1, 0xFF)
    )
    assert len(every) > 7400
    assert missing(every + "éüñ€℃喆堃玥䶮", advances()) == ()
    assert FONT.stat().st_size <= 4_000_000
    assert "SIL OPEN FONT LICENSE" in (FONT.parent / "LICENSE").read_text(encoding="utf-8")


@given(st.text(st.sampled_from("网格巡查ab cW，。1-"), max_size=60), st.floats(20, 300))
def test_lines_fit_and_lose_nothing(text: str, room: float) -> None:
    ruler = Ruler(advances())
    lines = ruler.lines(text, 8, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(ruler.width(line, 8) <= room + 1e-6 or len(line) <= 1 for line in lines)


def test_a_workbook_holds_numbers_days_and_no_formula() -> None:
    given = document(name="=cmd()")
    table = replace(given.tables[0], rows=(("=1+1", "+86", 1234.5, 0.5, "2026-10-01"),), total=False)
    book = openpyxl.load_workbook(io.BytesIO(render_document(replace(given, tables=(table,)), "xlsx")[0]))
    assert book.sheetnames == ["概况", "明细"]
    row = [cell.value for cell in book["明细"][3]]
    assert row[:4] == ["'=1+1", "'+86", 1234.5, 0.5]
    assert row[4].date().isoformat() == "2026-10-01"
    assert book["明细"].print_title_rows == "$1:$2"
    assert "'=cmd()" in [cell.value for line in book["概况"] for cell in line]
    assert all(cell.data_type != "f" for sheet in book for line in sheet for cell in line)


def test_number_and_digest_of_an_issued_document_are_in_the_workbook() -> None:
    issued = replace(document(), number=7, digest="ab" * 32)
    book = openpyxl.load_workbook(io.BytesIO(render_document(issued, "xlsx")[0]))
    assert book.properties.identifier == f"7:{'ab' * 32}"
    for form in ("html", "pdf"):
        body = render_document(issued, form)[0]
        assert "编号 7" in (body.decode() if form == "html" else "".join(text_of(body)))
    assert "草稿" in render_document(document(), "html")[0].decode()


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    from layers.assets import check_offline

    page = render_document(document(name="<script>alert(1)</script>"), "html")[0].decode()
    check_offline(page, None)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page


def test_there_is_no_other_format() -> None:
    with pytest.raises(BadRequest, match="xlsx, pdf, html"):
        render_document(document(), "docx")


def test_a_stored_document_is_the_same_again() -> None:
    import json

    stored = json.loads(canonical(to_mapping(document())))
    assert render_document(from_mapping(stored), "html") == render_document(document(), "html")
    assert digest_of({"b": 1.0, "a": 2}) == digest_of({"a": 2.0000000001, "b": 1})
    assert digest_of({"a": 2.001}) != digest_of({"a": 2})


def test_nothing_is_drawn_before_it_is_asked_for() -> None:
    import subprocess
    import sys

    code = (
        "import sys, geo_api.formats.registry; print(any(m.split('.')[0] in ('fpdf', 'openpyxl') for m in sys.modules))"
    )
    root = Path(__file__).parents[3]
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert answer.stdout.strip() == "False"
