"""Reports: a document an editor can send to the author of a page as it is.

    content        what a report says: data, in one language
    gather         a report from register, journal, page and library
    judged         a claim: the page's words, the decision, the evidence, who decided
    voice          words in the language of the report; what says that others are in the other
    described      what its references say, and what two readers made of its claims
    phrases        how parts of it are put in words, the same in every form
    printable      a report without characters that no document can hold
    formats        HTML, PDF, CSV and JSON of it
    word_document  DOCX of it

What may a line in here know? A text as it stands and the library. It reads and writes nothing
else, and decides nothing: what a report says of a claim is what every page says of it.
"""

from evidence.report.content import Report, not_translated
from evidence.report.formats import FORMATS, render
from evidence.report.gather import build, report_of
from evidence.report.voice import untranslated

__all__ = ["FORMATS", "Report", "build", "not_translated", "render", "report_of", "untranslated"]
