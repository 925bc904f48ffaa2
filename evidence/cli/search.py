"""`evidence index`, `search`, `suggest` and `evaluate`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from evidence.claim_search import ClaimHit, ClaimSearch, asks_claims
from evidence.cli.context import Context, command, phrase, wrong_use
from evidence.extras import require
from evidence.parameters import Parameter
from evidence.search import ENGINES, build_index, engine_of, open_engine, roll_back
from evidence.search.beyond import suggested
from evidence.search.protocol import Answer, Reason, Suggested
from evidence.search.request import MAX_LIMIT, PARAMETERS, SORTS, SearchRequest, Sort
from evidence.search.stances import shown
from evidence.wording import terms
from evidence.wording.catalogue import counted, preferred_language, translation
from references.concepts import Vocabulary
from references.errors import SettingError, message

_ENGINE = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    help="What answers; by default the cluster that EVIDENCE_SEARCH_URL names, or this machine.",
)


def _search_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each parameter of a search, named as it is in an address."""
    for parameter in reversed(PARAMETERS):
        if parameter.name != "q":
            function = _option(parameter)(function)
    return function


def _option(parameter: Parameter) -> Callable[[Callable[..., None]], Callable[..., None]]:
    name = f"--{parameter.name}"
    if parameter.kind == "yes-no":
        switch = f"{name}/--no-expansion" if parameter.default else name
        return click.option(
            switch, is_flag=True, default=parameter.default, help=parameter.description
        )
    choices = click.Choice(parameter.choices) if parameter.choices else None
    return click.option(
        name,
        multiple=parameter.several,
        type=choices,
        metavar=None if choices else _METAVARS.get(parameter.name, "CONCEPT"),
        default=None if parameter.default in (None, (None, None)) else str(parameter.default),
        show_default=parameter.default is not None,
        help=parameter.description + (" May be given several times." if parameter.several else ""),
    )


_METAVARS = {"year": "RANGE", "language": "CODE", "limit": "N", "offset": "N", "design": "DESIGN"}


@command("index")
@_ENGINE
@click.option("--rollback", is_flag=True, help="Go back to the index before, in a cluster.")
def index(context: Context, engine: str | None, rollback: bool) -> None:
    """Build the search index anew.

    Searching builds it by itself when the references, the vocabulary or the program have
    changed; this command does so whether they have or not.

    \b
    Example:
      evidence index --kb ~/our-texts
      evidence index --engine opensearch
      evidence index --engine opensearch --rollback
    """
    chosen = engine_of(engine or "")
    if rollback:
        name = roll_back(context.kb, context.instance, chosen)
        told = message("Searches are answered from the index {name} again.", name=name)
        context.emit({"index": name, "engine": chosen}, told)
        return
    started = time.perf_counter()
    count = build_index(context.kb, context.instance, context.progress("indexing"), engine=chosen)
    seconds = round(time.perf_counter() - started, 3)
    context.emit(
        {"documents": count, "seconds": seconds, "engine": chosen},
        message("{count} references indexed in {seconds:.1f} s.", count=count, seconds=seconds),
    )


class _QueryCommand(click.Command):
    """A command whose words may begin with a hyphen: `-knee`, `"-70 °C"`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Arguments as click reads them, but for words that can be no option here."""
        valued = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        return super().parse_args(
            ctx,
            [
                f" {word}" if _is_query(word) and before not in valued else word
                for before, word in zip(("", *args), args, strict=False)
            ],
        )


def _is_query(word: str) -> bool:
    """Whether something that begins with a hyphen is part of a query: no option looks so."""
    if " " in word:
        return word.startswith("-")
    return len(word) > 2 and word[0] == "-" != word[1]


@command("search", cls=_QueryCommand)
@click.argument("query", nargs=-1)
@_search_options
@_ENGINE
def search(context: Context, query: tuple[str, ...], engine: str | None, **values: Any) -> None:
    """Search the library by words, concepts and fields; without words, browse it.

    \b
    Examples:
      evidence search "névralgie pudendale" --design rct
      evidence search 'author:ilfeld year:2020..2025'
      evidence search '(phantom OR stump) NOT protocol' --sort level
    """
    words = " ".join(query).encode("utf-8", "replace").decode()
    given = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in values.items()
        if value is not None
    }
    texts = shown(context.kb, context.instance)
    request = SearchRequest.from_mapping(
        {"q": words, **given},
        stances=texts.stances,
        reader=preferred_language(),
    )
    with_engine = open_engine(
        context.kb, context.instance, engine=engine or "", progress=context.progress("indexing")
    )
    answer = with_engine.search(request)
    # The index keeps the vocabulary that it was made with, which is read faster than the files.
    vocabulary = with_engine.vocabulary
    claims: tuple[ClaimHit, ...] = ()
    if asks_claims(request):  # or the texts need not be read
        claims = ClaimSearch(texts.claims(), vocabulary).answering(request)
    document = answer.as_dict(translation(preferred_language()))
    document["claims"] = [hit.as_dict() for hit in claims]

    def show() -> None:
        _show_claims(claims)
        _show(answer, vocabulary)

    context.emit(document, show)


def _show_claims(claims: tuple[ClaimHit, ...]) -> None:
    language = preferred_language()
    for hit in claims:
        verdict = terms.name("verdict", hit.claim.judgement, language)
        certainty = terms.name("certainty", hit.claim.certainty or "", language)
        click.echo(click.style(hit.claim.statement[language], bold=True))
        click.secho(f"  {verdict} · {certainty} · {hit.text.id}/{hit.claim.id}", dim=True)
    if claims:
        click.echo()


def _show(answer: Answer, vocabulary: Vocabulary) -> None:
    language = preferred_language()
    for notice in answer.notices:
        click.secho(phrase(notice), fg="yellow")
    if answer.understood:
        click.echo(phrase("Searched for: {query}", query=answer.understood))
    if answer.concepts:
        click.secho(phrase("Concepts: {names}", names=answer.concepts), dim=True)
    if answer.did_you_mean:
        click.secho(phrase("Did you mean: {query}", query=answer.did_you_mean), bold=True)
    total = counted(answer.total, "%(num)s reference", "%(num)s references", language)
    click.echo(f"{total} ({answer.took_ms:.0f} ms)")
    for hit in answer.results:
        design = vocabulary.label(hit.design, language) if hit.design else ""
        details = f"  {hit.year or phrase('year not known')}  {design}"
        if hit.same_as:
            details += "  " + phrase("(the work {key} again)", key=hit.same_as)
        click.echo(click.style(f"\n{hit.key}", bold=True) + click.style(details, dim=True))
        click.echo(f"  {hit.title}")
        for passage in hit.highlights:
            if "".join(run for run, _ in passage) != hit.title:
                click.echo("    " + "".join(_highlighted(run, hits) for run, hits in passage))
    facets = {name: counts for name, counts in answer.facets.items() if counts}
    if facets:
        click.echo()
    for name, counts in facets.items():
        first = ", ".join(f"{value} {count}" for value, count in list(counts.items())[:8])
        label = terms.name("facet", name, language)
        click.secho(phrase("{place}: {problem}", place=label, problem=first), dim=True)


def _highlighted(run: str, is_hit: bool) -> str:
    return click.style(run, bold=True, fg="green") if is_hit else click.style(run, dim=True)


@command("suggest")
@click.argument("text", nargs=-1)
@click.option(
    "--file", "file", type=click.Path(path_type=Path), metavar="F", help="One claim a line."
)
@click.option("--limit", type=click.IntRange(1, MAX_LIMIT), default=10, show_default=True)
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default="relevance",
    show_default=True,
    help="The order of those suggested; directness is to the claim's population and intervention.",
)
@click.option(
    "--around", default="", metavar="T", help="Title of the page, or heading above the claim."
)
@_ENGINE
def suggest(
    context: Context,
    text: tuple[str, ...],
    file: Path | None,
    limit: int,
    sort: Sort,
    around: str,
    engine: str | None,
) -> None:
    """Suggest references for a claim in French or English, and say why.

    Nothing is suggested when nothing in the library bears on the claim; where it has little, the
    claim's question for PubMed and Europe PMC is given. A claim of several sentences is also asked
    sentence by sentence.

    \b
    Examples:
      evidence suggest "La cryoneurolyse soulage la névralgie pudendale."
      evidence suggest "La douleur brûle et pique." --around "La névralgie pudendale"
      evidence suggest --file claims.txt --json
    """
    claims = [" ".join(text).strip()] if text else []
    if file is not None:
        claims += _claims_of(file)
    if not any(claims):
        raise wrong_use("Give a claim, or a file with one claim a line (--file F).")
    with_engine = open_engine(
        context.kb, context.instance, engine=engine or "", progress=context.progress("indexing")
    )
    answers = [
        suggested(with_engine, context.kb.vocabulary, claim, limit, sort, around)
        for claim in claims
    ]
    context.emit([answer.as_dict() for answer in answers], lambda: _show_suggestions(answers))


def _claims_of(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise SettingError(
            "{file} cannot be read ({reason}); name another file.",
            file=file,
            reason=error,
        ) from error
    except UnicodeDecodeError as error:
        raise SettingError("{file} is not UTF-8 text; save it as UTF-8.", file=file) from error
    return [line.strip() for line in lines if line.strip()]


def _show_suggestions(answers: list[Suggested]) -> None:
    for answer in answers:
        click.secho(answer.claim, bold=True)
        for aspect, concepts in answer.recognised.items():
            if concepts:
                label = terms.name("facet", aspect, preferred_language())
                recognised = phrase("{place}: {problem}", place=label, problem=tuple(concepts))
                click.secho(f"  {recognised}", dim=True)
        if not answer.suggestions:
            click.echo("  " + phrase("Nothing in the library bears on this claim."))
        for suggestion in answer.suggestions:
            again = ""
            if suggestion.same_as:
                again = phrase("(the work {key} again)", key=suggestion.same_as) + "  "
            reasons = click.style(", ".join(map(_reason, suggestion.why)), dim=True)
            click.echo(f"  {suggestion.score:6.2f}  {suggestion.key}  {again}{reasons}")
            if suggestion.part:
                click.secho(" " * 10 + phrase("for: {part}", part=suggestion.part), dim=True)
        if answer.beyond:
            for address in (answer.beyond.pubmed_address, answer.beyond.europe_pmc_address):
                click.echo("  " + phrase("look beyond: {address}", address=address))


def _reason(why: Reason) -> str:
    if why.kind == "meaning":
        return phrase("meaning {weight:.2f}", weight=why.weight)
    return phrase("like the best: {what}", what=why.what) if why.kind == "related" else why.what


@command("evaluate")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--limit", type=click.IntRange(10, 1000), default=100, show_default=True)
@click.option(
    "--semantic/--no-semantic",
    default=None,
    help="With nearness in meaning or without; default: with it when the extra is installed.",
)
@_ENGINE
def evaluate(
    context: Context, folder: Path, limit: int, semantic: bool | None, engine: str | None
) -> None:
    """Measure the ranking on judged searches in BEIR layout.

    DIR holds queries.jsonl, qrels/test.tsv and corpus.jsonl; without a corpus the
    references of the knowledge base are ranked.

    \b
    Example:
      evidence evaluate judged/ --limit 100 --json
    """
    from evidence.search.evaluate import evaluate as measure_folder
    from evidence.search.index import embeddings
    from evidence.search.opensearch.address import address_of

    if not folder.is_dir():
        raise SettingError("{folder} is not a folder; name one in BEIR layout.", folder=folder)
    require("evaluate")
    if semantic:
        require("semantic")
    with_meaning = embeddings.is_installed() if semantic is None else semantic
    own = None
    if not (folder / "corpus.jsonl").exists():
        own = open_engine(context.kb, context.instance, engine=engine or "")
        own.use_meaning(with_meaning)
    vectors = embeddings.VectorCache(context.instance) if with_meaning else None
    report = measure_folder(
        folder,
        context.kb.vocabulary,
        own,
        limit,
        vectors,
        context.progress("indexing"),
        address=address_of() if engine_of(engine or "") == "opensearch" else None,
    )
    report["semantic"] = with_meaning
    lines = [f"{name:12} {value}" for name, value in report.items() if not isinstance(value, dict)]
    lines += [f"ms           {report['ms_per_query']}"]
    lines += [
        f"  {name or 'all':20} ndcg@10 {group['ndcg@10']:.4f}  ({group['queries']} queries)"
        for name, group in report.get("groups", {}).items()
    ]
    context.emit(report, "\n".join(lines))
