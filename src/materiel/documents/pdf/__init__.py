"""Documents as PDF/UA-1 and PDF/A-2a files: `render_pdf` draws one."""

from materiel.documents.pdf.render import RenderedPdf, render_pdf

__all__ = ["RenderedPdf", "render_pdf"]
