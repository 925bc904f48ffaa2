"""Sorting by level goes by the level that is printed, in search as on the pages of indications."""

from __future__ import annotations

import pytest
from app_pages import Page
from flask.testing import FlaskClient

NOT_RANKED = 9


def _found(client: FlaskClient, query: str) -> list[str]:
    answer = client.get(f"/api/v1/search?{query}&sort=level&limit=100").get_json()
    return [hit["key"] for hit in answer["results"]]


@pytest.mark.parametrize("query", ["q=cryoneurolysis", "q=", "q=vulvodynia"])
def test_no_result_stands_before_one_of_a_better_level(client: FlaskClient, query: str) -> None:
    keys = _found(client, query)
    records = [client.get(f"/api/v1/references/{key}").get_json() for key in keys]
    places = [
        (record["level"].get("number", NOT_RANKED), -record.get("year", 0), key)
        for record, key in zip(records, keys, strict=True)
    ]
    assert len(keys) > 20
    assert len({level for level, *_ in places}) > 1
    assert places == sorted(places)


def test_search_and_the_page_of_an_indication_have_one_order(
    client: FlaskClient, page: Page
) -> None:
    listed = [
        link["href"].rpartition("/")[2]
        for link in page("/indications/vulvodynia").select(
            "table.studies tbody th a[href*='/references/']"
        )
    ]
    keys = list(dict.fromkeys(listed))
    assert len(keys) > 10
    assert keys == _found(client, "indication=vulvodynia")[: len(keys)]
