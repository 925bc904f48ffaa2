"""Errors of the API as RFC 9457 says: `application/problem+json`, one shape for all."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

MEDIA_TYPE = "application/problem+json"


def answer(status: int, title: str, detail: str, **more: Any) -> Response:
    """A problem: its title is the same for all of its kind, its detail is about this request."""
    document = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.full_path.rstrip("?"),
        **more,
    }
    response = Response(json.dumps(document, ensure_ascii=False), status, mimetype=MEDIA_TYPE)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
