"""How any answer leaves, whatever it says.

    caching       ETags, and the pages that are kept under them
    fragments     parts of pages that are made once
    kept          what was made, in bounded memory
    compression   brotli and gzip, where no secret is in the page
    security      headers, and hosts that there can be
    error_pages   error pages; `Missing`, with what may have been meant
    problem       the same for programs (RFC 9457)
    health        `/healthz`, `/readyz`
    metrics       `/metrics`
    logs          what is written of each request, and its number
    watching      what was written while the server runs is read beside its work

A line in here may know the request, the site as a whole and the language. It knows no page, no
room above it by name: they register what their answers depend on (`caching.declare`).
"""
