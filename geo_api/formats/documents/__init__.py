"""Documents as XLSX, PDF and pages. Loaded when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_api.errors import BadRequest

if TYPE_CHECKING:
    from geo_api.services.documents.model import Document

DOCUMENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
}
"""Format -> media type."""


def render_document(document: Document, form: str) -> tuple[bytes, str]:
    """The document in a format, and its media type; BadRequest for a format that there is not.

    The same document gives the same bytes.
    """
    if form == "xlsx":
        from geo_api.formats.documents.xlsx import document_xlsx as draw
    elif form == "pdf":
        from geo_api.formats.documents.pdf import document_pdf as draw
    elif form == "html":
        from geo_api.formats.documents.page import document_page as draw
    else:
        raise BadRequest(f"no format {form!r} for a document; there is {', '.join(DOCUMENT_TYPES)}")
    return draw(document), DOCUMENT_TYPES[form]
