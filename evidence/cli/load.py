"""`evidence load`: files into the index of a search cluster."""

from __future__ import annotations

import os
from pathlib import Path

import click

from evidence.cli.context import FINDINGS, FINE, Context, command, wrong_use
from references.errors import SettingError, message

_LEFT_FREE = 1  # processors, for the cluster or whatever else runs here


@command("load")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--new", "anew", is_flag=True, help="Into a new index, searched once all is there.")
@click.option("--shards", default=1, show_default=True, help="Parts of a new index.")
@click.option("--processes", type=int, metavar="N", help="Files read at once; else by processors.")
def load(
    context: Context,
    files: tuple[str, ...],
    anew: bool,
    shards: int,
    processes: int | None,
) -> None:
    """Load FILEs beside the library into the search cluster that EVIDENCE_SEARCH_URL names.

    Files of any format that is imported, gzipped or not, of any size: the baseline of PubMed,
    its daily update files (deleted records are taken away), exports. What the library holds is
    not loaded twice. A load that was interrupted goes on when the same command is given again;
    files that are done are passed over. Exits with 1 when a record could not be read.

    \b
    Examples:
      evidence load --new --shards 24 baseline/pubmed26n*.xml.gz
      evidence load updates/pubmed26n*.xml.gz
    """
    from evidence.search.opensearch.address import URL, address_of

    address = address_of()
    if address is None:
        raise SettingError(
            "No search cluster is named; set {name}, or add files to the library with "
            "'evidence import'.",
            name=URL,
        )
    if not files:
        raise wrong_use("Name the files to load.")
    from evidence.search.opensearch.load import load as load_files

    result = load_files(
        context.kb,
        context.instance_path,
        address,
        [Path(name) for name in files],
        anew=anew,
        processes=processes or max(1, (os.cpu_count() or 1) - _LEFT_FREE),
        shards=shards,
        progress=context.rate("records"),
    )
    for problem in (*result.rejected, *result.sent.problems)[:50]:
        context.note(problem)
    found = result.as_dict()
    template = (
        "{files} files loaded into {index} in {seconds} s: {read} records read, {written} written, "
        "{deleted} taken away, {in_library} are in the library, {rejected} rejected; it holds "
        "{documents} documents."
    )
    context.emit(found, message(template, **found))
    context.finish(FINDINGS if found["rejected"] else FINE)
