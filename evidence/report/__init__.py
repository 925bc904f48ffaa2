"""Reports: a document an editor can send to the author of a page as it is.

words     every word, in French and English
content   what a report says, gathered once
formats   HTML, PDF, DOCX, CSV and JSON of it
"""

from evidence.report.content import Report, build
from evidence.report.formats import FORMATS, render

__all__ = ["FORMATS", "Report", "build", "render"]
