"""The blueprint that all pages of the desk belong to; nothing of it is kept by a cache."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, redirect, url_for

from webapp.http import caching

blueprint = Blueprint("desk", __name__)
caching.declare(blueprint, live=True)


@blueprint.after_request
def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def go_to(endpoint: str, part: str = "", **values: Any) -> Response:
    """Lead on to a page, or to a part of it, after a form was dealt with."""
    return cast(Response, redirect(url_for(endpoint, _anchor=part or None, **values), 303))
