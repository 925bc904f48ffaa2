"""What every source can be asked, services and libraries alike."""

from __future__ import annotations

from references.record import Reference
from references.sources.work import Notice, Work

DOI, PMID, SEEK, NOTICES = "doi", "pmid", "title", "notices"


class Source:
    """Something that knows works. `answers` names the questions it understands.

    `is_general` says that it covers all fields and kinds of work, so that not being found
    there means something; `tells_notices`, that its works carry what was published about
    them since.

    Every method may raise `SourceError`; None and an empty list mean "nothing known".
    """

    id = ""
    name = ""
    answers: frozenset[str] = frozenset()
    is_general = False
    tells_notices = False

    def by_doi(self, doi: str) -> Work | None:
        """The work of a DOI."""
        return None

    def by_pmid(self, pmid: str) -> Work | None:
        """The work of a PubMed number."""
        return None

    def seek(self, cited: Reference, text: str = "") -> list[Work]:
        """The works that come closest to a citation; `text` is how it was printed."""
        return []

    def notices(self, doi: str) -> list[Notice]:
        """Notices that say they are about this DOI."""
        return []

    def registrar(self, doi: str) -> str:
        """The agency that registered a DOI, or "" when none did."""
        return ""
