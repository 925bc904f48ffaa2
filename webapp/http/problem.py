"""Errors of the API as RFC 9457 says: `application/problem+json`, one shape for all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

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


class BadParameters(HTTPException):
    """Parameters that the operation does not have, or values that it cannot use."""

    code = 400

    def __init__(self, errors: Iterable[dict[str, str]]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(f"{e['parameter']}: {e['message']}" for e in self.errors))

    def get_response(self, environ: Any = None, scope: Any = None) -> Response:
        """The problem, with every parameter that is wrong."""
        return answer(400, "Bad Request", f"{self.description}.", errors=self.errors)
