"""Answers compressed with brotli or gzip: to a fifth, for the reader's page.

Pages of somebody signed in carry a secret (the token of its forms) beside words of the address;
their compressed length would betray it letter by letter (BREACH, CVE-2013-3587), so these go out
as they are.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response
from flask_compress import Compress

from webapp.http.caching import is_personal, keep

#: What is text although its type does not begin with `text/`.
_ALSO = [
    "application/json",
    "application/ld+json",
    "application/problem+json",
    "application/vnd.citationstyles.csl+json",
    "application/atom+xml",
    "application/xml",
    "application/x-research-info-systems",
    "application/x-bibtex",
    "application/nbib",
    "image/svg+xml",
]


def install(app: Flask) -> None:
    """Compress what readers who are not signed in get."""
    app.config.update(
        COMPRESS_REGISTER=False,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br", "gzip"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_MIMETYPES=[
            "text/html",
            "text/css",
            "text/javascript",
            "text/csv",
            "text/plain",
            *_ALSO,
        ],
    )
    compress = Compress(app)
    app.after_request(keep)  # the last to see an answer

    @app.after_request
    def compressed(response: Response) -> Response:
        if response.status_code != HTTPStatus.OK or is_personal():
            return response
        return compress.after_request(response)
