"""`evidence show`: one reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from evidence.cli.context import Context, command, phrase
from evidence.wording import Language, results, terms, typeset
from evidence.wording.catalogue import preferred_language
from references.hosts import is_address
from references.record import Reference


def _rows(context: Context, reference: Reference, language: Language) -> Iterator[tuple[str, str]]:
    """The fields of a reference that say something, by their ids, and what they say."""
    study, vocabulary = reference.study, context.kb.vocabulary

    def labels(concepts: Iterable[str]) -> str:
        return ", ".join(vocabulary.label(concept, language) for concept in concepts)

    def words(name: str) -> str:
        return results.study_words(study, name, language).text

    yield "key", reference.key
    yield "status", terms.name("reference-status", reference.status, language)
    yield "missing", ", ".join(terms.name("field", name, language) for name in reference.missing)
    yield "design", labels([study.design] if study.design else [])
    yield "participants", "" if study.participants is None else str(study.participants)
    yield "arms", words("arms")
    yield "interventions", labels(study.interventions)
    yield "comparators", labels(study.comparators)
    yield "indications", labels(study.indications)
    yield "population", labels(study.population)
    yield "nerves", labels(study.nerves)
    yield "guidance", labels(study.guidance)
    yield "device", words("device")
    yield "comparison", words("comparison")
    yield "follow-up", words("followup")
    yield "harms", words("harms")
    yield "relevance", words("relevance")
    yield "doi", reference.doi and f"https://doi.org/{reference.doi}"
    yield "pubmed", reference.pmid and f"https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/"
    yield "url", reference.url
    yield "added", reference.added


def _evidence_lines(
    context: Context, reference: Reference, language: Language
) -> Iterator[tuple[str, str]]:
    """What stands below the fields: findings, what nobody saw, sources, claims; "" continues."""
    for result in results.results_of(reference, language):
        yield "finding", result.line
        if result.text:
            yield "", f"  {result.text.text}"
    for harm in results.harms_of(reference, language):
        yield "harm", harm.line
    for relation in context.kb.library.related_to(reference.key):
        other = context.kb.library[relation.key].byline_in(language)
        word = results.relation_word(relation, language)
        yield "related", f"{word} {other} ({relation.key})"
    for name, value in reference.unverified.items():
        field = terms.name("field", name, language)
        yield "unverified", f"{field}{f': {value}' if value else ''}"
    for source in reference.provenance:
        word, kept = results.seen_word(source.address, language), is_address(source.address)
        yield "seen", f"{source.address} ({word})" if kept else word
    for text, claim, link in context.standing.uses_of(reference.key):
        stance = terms.name("stance", link.stance, language)
        statement = typeset(claim.statement[language], language)
        yield (
            "claim",
            phrase("{place}: {problem}", place=f"{stance} {text.id}/{claim.id}", problem=statement),
        )


def _plain(context: Context, reference: Reference) -> str:
    from references.formats.vancouver import cite

    language = preferred_language()
    fields = [row for row in _rows(context, reference, language) if row[1]]
    rows = [
        (terms.name("field", name, language), value)
        for name, value in (*fields, *_evidence_lines(context, reference, language))
    ]
    width = max(13, *(len(name) for name, _value in rows))
    return "\n".join(
        [
            cite(reference, language=language),
            "",
            *(f"{name:{width}} {value}" for name, value in rows),
        ]
    )


@command("show")
@click.argument("key")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "bibtex", "ris", "csl-json", "nbib", "vancouver"]),
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

        content = cite(reference, language=preferred_language())
    else:
        from references import formats

        content, losses = formats.write([reference], form)
        for sentence in formats.summarised(losses):
            context.note(sentence)
    context.emit({"key": key, "format": form, "content": content}, content.rstrip("\n"))
