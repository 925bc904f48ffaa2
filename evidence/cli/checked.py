"""How what was found of a citation is told at a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from evidence.cli.context import phrase, term
from references.errors import message, message_of


def _compared(result: dict[str, Any]) -> str:
    """What was compared, and what was not although the citation may state it."""
    compared = _fields(result.get("compared", []))
    why = {
        "not-known": message("known to no source"),
        "not-read": message("not read in the string"),
    }
    left = [
        f"{term('field', name)} ({phrase(why[reason])})"
        for name, reason in result.get("not_compared", {}).items()
        if reason in why
    ]
    if not left:
        return phrase("compared: {fields}", fields=compared)
    return phrase("compared: {fields}; not compared: {left}", fields=compared, left=tuple(left))


def _fields(fields: Iterable[str]) -> str:
    """Fields by their names, or that there are none."""
    return ", ".join(term("field", name) for name in fields) or phrase("nothing")


def _near(candidate: dict[str, Any]) -> str:
    """A candidate in one line: what it is, what differs, what was published about it."""
    if differing := [difference["field"] for difference in candidate["differences"]]:
        agreement = message("differs in {fields}", fields=_fields(differing))
    else:
        agreement = message("agrees in {fields}", fields=_fields(candidate.get("compared", [])))
    notices = "".join(
        f"; {term('notice', notice).upper()}" for notice in candidate.get("notices", [])
    )
    return phrase(
        "{title} ({year}; {source}); {agreement}{notices}",
        title=candidate["title"] or message("a record without title"),
        year=candidate.get("year") or message("no year"),
        source=f"{service_name(candidate['source'])} {candidate.get('id', '')}".strip(),
        agreement=agreement,
        notices="".join(f"; {notice}" for notice in notices),
    )


def labelled(label: str, value: object) -> str:
    """A name, a colon and a value."""
    return phrase("{place}: {problem}", place=label, problem=value)


def _stored(entry: Mapping[str, Any], name: str) -> str:
    """A sentence of a result; one kept before sentences had parts stays in English."""
    parts = entry.get(f"{name}_parts")
    return phrase(message_of(parts)) if parts else str(entry[name])


def service_name(source: str) -> str:
    """What a service is called; our own library by its name in the person's language."""
    return phrase(message("the library")) if source == "library" else source


def _lines(result: dict[str, Any], dry_run: bool) -> Iterator[str]:
    """What is told of one citation, below its status."""
    if matched := result.get("matched"):
        yield labelled(service_name(matched["source"]), matched["address"])
    for difference in result["differences"]:
        note = f" ({_stored(difference, 'note')})" if difference.get("note") else ""
        yield phrase(
            "{field}: cited “{cited}”, found “{found}”{note}",
            field=term("field", difference["field"]),
            cited=difference["cited"],
            found=difference["found"] or message("nothing"),
            note=note,
        )
    if matched:
        yield _compared(result)
    for notice in result["notices"]:
        details = " ".join(notice.get(part, "") for part in ("doi", "pmid", "date", "text"))
        kind, source = term("notice", notice["type"]), service_name(notice["source"])
        yield f"{kind} ({source}) {' '.join(details.split())}"
    for published in result.get("published", []):
        yield phrase("published as {work}", work=" ".join(published.values()))
    for candidate in result["candidates"]:
        yield phrase("near: {candidate}", candidate=_near(candidate))
    if decided := result.get("settled"):
        yield _decided(decided)
    for problem in result["problems"]:
        yield labelled(term("field", problem["field"]), _stored(problem, "message"))
    for name, value in result.get("filled", {}).items():
        done = "would fill {field}: {value}" if dry_run else "filled {field}: {value}"
        yield phrase(done, field=term("field", name), value=value)
    if result["status"] in ("not-located", "unchecked", "several-candidates"):
        yield from map(_lookup, result["looked"])


def _lookup(lookup: dict[str, Any]) -> str:
    """Where a work was looked for, by what, and with what outcome."""
    line = phrase(
        "looked in {service} {question}: {outcome} ({when}, a copy)"
        if lookup.get("copied")
        else "looked in {service} {question}: {outcome} ({when})",
        service=lookup["source"],
        question=term("lookup-question", lookup["question"]),
        outcome=term("lookup-outcome", lookup["outcome"]),
        when=lookup["when"][:16],
    )
    if lookup.get("total", 0) > lookup.get("seen", 0):
        line = phrase("{line}, {seen} of {total} looked at", line=line, **_counts(lookup))
    return labelled(line, _stored(lookup, "message")) if lookup.get("message") else line


def _counts(lookup: dict[str, Any]) -> dict[str, int]:
    """How many works of a search were looked at, and how many the service counts."""
    return {name: lookup[name] for name in ("seen", "total")}


def show(results: list[dict[str, Any]], written: list[str], dry_run: bool) -> None:
    """Print results, each with its lines, then their number by status and the files written."""
    for result in results:
        click.echo(labelled(result["key"], term("source-status", result["status"])))
        for line in _lines(result, dry_run):
            click.echo(f"  {line}")
    counts = Counter(term("source-status", result["status"]) for result in results)
    click.echo(", ".join(labelled(name, count) for name, count in counts.items()))
    for name in written:
        click.echo(phrase("wrote {file}", file=name))


def show_watched(results: list[dict[str, Any]]) -> None:
    """Print the notices of works, those without any in one number."""
    quiet = 0
    for result in results:
        if result["status"] == "no-notice" and "problem" not in result:
            quiet += 1
            continue
        status = result["status"]
        word = phrase("no notice") if status == "no-notice" else term("source-status", status)
        new = phrase(" (new)") if result["new"] else ""
        click.echo(labelled(result["key"], f"{word}{new}"))
        for notice in result["notices"]:
            details = " ".join(notice.get(part, "") for part in ("doi", "pmid", "date", "text"))
            kind, source = term("notice", notice["type"]), service_name(notice["source"])
            click.echo(f"  {kind} ({source}) {' '.join(details.split())}")
        if decided := result.get("settled"):
            click.echo(f"  {_decided(decided)}")
        if "problem" in result:
            click.echo(f"  {_stored(result, 'problem')}")
    click.echo(phrase("works without a notice: {count}", count=quiet))


def _decided(decided: Mapping[str, str]) -> str:
    """Who has decided that a finding may stand, when and why."""
    return phrase(
        "settled by {person} on {day}: {reason}",
        person=decided["person"],
        day=decided["at"][:10],
        reason=decided["reason"],
    )
