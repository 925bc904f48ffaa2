"""The summary of a text and of a concept says no more than the claims that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps

from evidence.checks import wording
from evidence.checks.figures import numbers
from evidence.checks.rule import Rule
from evidence.claims.claim import Claim
from evidence.claims.summary import Summary
from evidence.knowledge import KnowledgeBase
from evidence.wording import LANGUAGES
from references.errors import Message, Problem, message, problem_in
from references.yamlfile import read_yaml


def of_summary(rule: Callable[[Summary, Mapping[str, Claim]], Iterator[Message]]) -> Rule:
    """A rule made of one that looks at a single summary and at the claims it may name."""

    @wraps(rule)
    def of_all(kb: KnowledgeBase) -> Iterator[Problem]:
        whole: dict[str, Claim] = {}
        for text in kb.texts.values():
            own = {claim.id: claim for claim in text.claims}
            whole |= {f"{text.id}/{name}": claim for name, claim in own.items()}
            if text.summary:
                for why in rule(text.summary, own):
                    path = kb.text_path(text.id)
                    yield problem_in(path, read_yaml(path).line_of(("summary",)), "summary", why)
        for concept, summary in kb.summaries.items():
            for why in rule(summary, whole):
                path = kb.summaries_path
                yield problem_in(path, read_yaml(path).line_of((concept,)), concept, why)

    return of_all


@of_summary
def claims_named(summary: Summary, known: Mapping[str, Claim]) -> Iterator[Message]:
    """Claims that a summary names and that are not there."""
    for name in summary.claims:
        if name not in known:
            yield message("rests on '{claim}', which is no claim; mend its id", claim=name)


@of_summary
def stale(summary: Summary, known: Mapping[str, Claim]) -> Iterator[Message]:
    """Summaries that name no claim, or one whose verdict is another by now."""
    if not summary.claims:
        yield message("names no claim; write under 'claims' those that it rests on")
    for name, verdict in summary.claims.items():
        if name in known and known[name].verdict != verdict:
            yield message(
                "was written when '{claim}' was '{before}', and it is '{now}'; read it again",
                claim=name,
                before=verdict,
                now=known[name].verdict,
            )


@of_summary
def numbers_named(summary: Summary, known: Mapping[str, Claim]) -> Iterator[Message]:
    """Numbers of a summary that none of the claims it names gives."""
    named = [known[name] for name in summary.claims if name in known]
    for language in LANGUAGES:
        given = {n for claim in named for n in numbers(_all_said(claim, language), language)}
        said = numbers(summary.fr if language == "fr" else summary.en, language)
        alone = sorted(set(said) - given)
        if alone:
            yield message(
                "these numbers stand in none of the claims it names: {numbers}; mend them or "
                "name the claim",
                numbers=tuple(f"{number:g}" for number in alone),
            )


def _all_said(claim: Claim, language: str) -> str:
    """All that is said of a claim in a language."""
    said = (claim.statement, claim.rationale, claim.caveats, *(link.note for link in claim.links))
    return "\n".join(words[language] for words in said if words)


def languages(kb: KnowledgeBase) -> Iterator[Problem]:
    """What the summary of a concept says in one language only; `wording` reads those of texts."""
    for concept, summary in kb.summaries.items():
        for why in wording.differences(summary.fr, summary.en):
            path = kb.summaries_path
            yield problem_in(path, read_yaml(path).line_of((concept,)), concept, why)
