"""What kind of place an address is."""

from __future__ import annotations

from collections import Counter

import pytest

from references.hosts import KINDS, TABLE, seen_at


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://pubmed.ncbi.nlm.nih.gov/39883054", "pubmed"),
        ("http://www.ncbi.nlm.nih.gov/pubmed/39883054", "pubmed"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC1/", "pmc"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1/", "pmc"),
        ("https://www.ncbi.nlm.nih.gov/books/NBK482123/", "index"),
        ("https://doi.org/10.1000/x", "publisher"),
        ("https://bmcmusculoskeletdisord.biomedcentral.com/articles/1", "publisher"),
        ("https://clinicaltrials.gov/study/NCT03774121", "registry"),
        ("https://ichgcp.net/clinical-trials-registry/NCT03774121", "registry-copy"),
        ("https://www.accessdata.fda.gov/cdrh_docs/pdf18/K173763.pdf", "regulator"),
        ("https://www.medrxiv.org/content/1", "preprint"),
        ("https://ouci.dntb.gov.ua/en/works/1", "index"),
        ("https://katalog.lib.cas.cz/Record/1", "catalogue"),
        ("https://mayoclinic.elsevierpure.com/en/1", "repository"),
        ("https://linkinghub.elsevier.com/retrieve/pii/1", "publisher"),
        ("https://pubmed.ncbi.nlm.nih.gov.:443/1", "pubmed"),
        ("https://example.org/pubmed.ncbi.nlm.nih.gov/1", "page"),
        ("https://notbmj.com/1", "page"),
        ("https://[broken/1", "page"),
        ("a list of a training company", "unkept"),
        ("", "unkept"),
    ],
)
def test_kind_of_place(address: str, kind: str) -> None:
    assert seen_at(address) == kind


def test_each_host_has_one_known_kind() -> None:
    rows = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line[0] != "#"]
    assert {kind for _host, kind in rows} == {*KINDS} - {"page", "unkept"}
    assert [host for host, count in Counter(host for host, _ in rows).items() if count > 1] == []
