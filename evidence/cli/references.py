"""`evidence show`: one reference."""

from __future__ import annotations

import click

from evidence.cli.context import Context, command
from references.record import Reference


def _plain(context: Context, reference: Reference) -> str:
    from references.formats.vancouver import cite

    label = context.kb.vocabulary.label
    study = reference.study
    lines = [cite(reference), ""]
    rows = [
        ("key", reference.key),
        ("status", reference.status),
        ("missing", ", ".join(reference.missing)),
        ("design", label(study.design, "en") if study.design else ""),
        ("participants", "" if study.participants is None else str(study.participants)),
        ("arms", study.arms),
        ("indications", ", ".join(label(c, "en") for c in study.indications)),
        ("population", ", ".join(label(c, "en") for c in study.population)),
        ("nerves", ", ".join(label(c, "en") for c in study.nerves)),
        ("guidance", ", ".join(label(c, "en") for c in study.guidance)),
        ("device", study.device),
        ("comparator", study.comparator),
        ("follow-up", study.followup),
        ("harms", study.harms),
        ("relevance", study.relevance),
        ("doi", reference.doi and f"https://doi.org/{reference.doi}"),
        ("pubmed", reference.pmid and f"https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/"),
        ("address", reference.url),
    ]
    lines += [f"{name:13} {value}" for name, value in rows if value]
    for finding in reference.findings:
        figures = ", ".join(part for part in (finding.timepoint, finding.value) if part)
        lines.append(f"{'finding':13} {finding.outcome}{f' ({figures})' if figures else ''}")
        if finding.text:
            lines.append(f"{'':13}   {finding.text}")
    for name, value in reference.unverified.items():
        lines.append(f"{'unverified':13} {name}{f': {value}' if value else ''}")
    for source in reference.provenance:
        lines.append(f"{'seen':13} {source.address}{f': {source.seen}' if source.seen else ''}")
    for text, claim, link in context.standing.uses_of(reference.key):
        lines.append(f"{'claim':13} {link.stance} {text.id}/{claim.id}: {claim.statement['en']}")
    return "\n".join(lines)


@command("show")
@click.argument("key")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "bibtex", "ris", "csl-json", "vancouver"]),
    default="text",
    show_default=True,
)
def show(context: Context, key: str, form: str) -> None:
    """Show one reference: its citation, study, findings, provenance and the claims it bears on.

    \b
    Examples:
      evidence show ilfeld2023phantom
      evidence show ilfeld2023phantom --format bibtex
    """
    reference = context.kb.library[key]
    if form == "text":
        document = {
            **reference.as_dict(),
            "claims": [
                {"text": text.id, "claim": claim.id, "stance": link.stance}
                for text, claim, link in context.standing.uses_of(key)
            ],
        }
        context.emit(document, lambda: click.echo(_plain(context, reference)))
        return
    if form == "vancouver":
        from references.formats.vancouver import cite

        shown = cite(reference)
    else:
        from references import formats

        content, losses = formats.write([reference], form)
        shown = content
        for sentence in formats.summarised(losses):
            context.note(sentence)
    context.emit({"key": key, "format": form, "content": shown}, shown.rstrip("\n"))
