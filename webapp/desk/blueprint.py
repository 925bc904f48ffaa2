"""The blueprint that all pages of the desk belong to; nothing of it is kept by a cache."""

from __future__ import annotations

from flask import Blueprint, Response

from webapp.http import caching

blueprint = Blueprint("desk", __name__)
caching.never_keep(blueprint)


@blueprint.after_request
def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
