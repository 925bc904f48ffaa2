"""Outside services that know publications, all asked through one polite session.

A line in here knows how a service is asked and what its answers mean, not what for. A module a
service (`crossref`, `datacite`, `pubmed`, `europepmc`, `openalex`, `openlibrary`,
`clinicaltrials`) turns
records into a `Work` (`work`); what all can be asked stands in `source`. Below them `session`
asks one question, `adapter` sends it at the service's `pace` with retries and limits, `cache`
keeps the answers, `service_settings` says where services are, `errors` why there is no answer.
"""

from __future__ import annotations

from references.sources.clinicaltrials import ClinicalTrials
from references.sources.crossref import Crossref
from references.sources.datacite import DataCite
from references.sources.europepmc import EuropePMC
from references.sources.openalex import OpenAlex
from references.sources.openlibrary import OpenLibrary
from references.sources.pubmed import PubMed
from references.sources.session import Session
from references.sources.source import Source


def all_sources(session: Session, refresh: bool = False) -> list[Source]:
    """The sources that verify works, in the order they are asked.

    With `refresh` the services are asked again even where a fresh copy is kept.
    """
    kinds = (Crossref, DataCite, PubMed, EuropePMC, OpenAlex, OpenLibrary, ClinicalTrials)
    return [kind(session, refresh) for kind in kinds]
