"""Documents as PDF/UA-1 and PDF/A-2a files: `render_pdf` for one, `merge` for a print run."""

from materiel.documents.pdf.render import RenderedPdf, merge, render_pdf

__all__ = ["RenderedPdf", "merge", "render_pdf"]
