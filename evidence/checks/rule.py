"""What a rule is: a function that gives problems, each with its file, line and field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps

from evidence.claims.claim import Claim
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase
from references.errors import Message, Problem, problem_in
from references.record import Reference
from references.yamlfile import Location, YamlDocument, read_yaml

#: A field and what is wrong with it.
Fault = tuple[str, Message]
#: Where something is wrong in a register, how people call the place, and what it is.
RegisterFault = tuple[Location, str, Message]
Rule = Callable[[KnowledgeBase], Iterator[Problem]]


def wrong(field: str, template: str, /, **values: object) -> Fault:
    """A field and, as a template with its values, what is wrong with it."""
    return field, Message(template, values)


def no_concept(field: str, value: str) -> Fault:
    """A field that names a concept which the vocabulary lacks."""
    return wrong(field, "'{id}' is not a concept; mend the id or add the concept", id=value)


def is_filled(reference: Reference, name: str) -> bool:
    """Whether a record has a value for a field, and for the title one that a source showed."""
    if name == "title":
        return "title" not in reference.missing
    return bool(getattr(reference, name, None) or getattr(reference.study, name, None))


def of_record(rule: Callable[[KnowledgeBase, Reference], Iterator[Fault]]) -> Rule:
    """A rule made of one that looks at a single record."""

    @wraps(rule)
    def of_all(kb: KnowledgeBase) -> Iterator[Problem]:
        for reference in kb.library.values():
            for name, why in rule(kb, reference):
                place = reference.place
                yield problem_in(place.file, place.line, f"{reference.key}.{name}", why)

    return of_all


def of_register(rule: Callable[[KnowledgeBase, Text], Iterator[RegisterFault]]) -> Rule:
    """A rule made of one that looks at a single register; its file is opened for lines only."""

    @wraps(rule)
    def of_all(kb: KnowledgeBase) -> Iterator[Problem]:
        for text in kb.texts.values():
            path = kb.text_path(text.id)
            document: YamlDocument | None = None
            for location, name, why in rule(kb, text):
                document = document or read_yaml(path)
                yield problem_in(path, document.line_of(location), name, why)

    return of_all


def of_claim(rule: Callable[[KnowledgeBase, Claim], Iterator[Fault]]) -> Rule:
    """A rule made of one that looks at a single claim; numbers in a field are places in lists."""

    def of_all(kb: KnowledgeBase, text: Text) -> Iterator[RegisterFault]:
        for number, claim in enumerate(text.claims):
            for name, why in rule(kb, claim):
                yield claim_fault(number, claim, name, why)

    return wraps(rule)(of_register(of_all))


def claim_fault(number: int, claim: Claim, name: str, why: Message) -> RegisterFault:
    """What is wrong with a field of the claim at a place: "links.3.finding"."""
    steps = (int(step) if step.isdigit() else step for step in name.split("."))
    return ("claims", number, *steps), f"{claim.id}.{name}", why
