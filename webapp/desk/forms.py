"""The forms of the desk: what may be typed in them, and what a mistake is called.

The names of the fields are those of the HTML. A form that is refused is shown again with what
was typed. Tokens against forged forms are checked for every form at once (`CSRFProtect`). Names
and passwords have no form here: the accounts know their own rules.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Self

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, SelectMultipleField, StringField
from wtforms.validators import AnyOf, DataRequired, Optional, Regexp, ValidationError

from evidence.claims.claim import MAX_SLUG, STANCES, Bilingual, Claim, Link
from evidence.claims.pico import field_of
from evidence.claims.text import is_text_id
from evidence.drafting.drafts import bilingual
from evidence.wording import LANGUAGES
from webapp.site import site
from webapp.wording.gettext import gettext
from webapp.wording.gettext import lazy_gettext as _
from webapp.wording.words import CERTAINTY_REASONS, DIRECTNESS

#: The parts that a concept can play in a claim, as fields of it.
ROLES = ("population", "intervention", "comparator", "outcome", "concepts")
#: Characters that a field may hold, by its name without language and reference; "" for others.
LIMITS = {
    "": 2_000,
    "sources": 200_000,
    "words": 20_000,
    "statement": 4_000,
    "rationale": 10_000,
    "caveats": 10_000,
    "note": 10_000,
    "reason": 4_000,
}
#: The texts of a claim, which are written in both languages.
BILINGUAL = ("statement", "rationale", "caveats")
PLAIN = ("verdict", "certainty", "kind", "section")


def _stripped(typed: str | None) -> str:
    return (typed or "").replace("\r\n", "\n").strip()  # browsers send the ends of lines so


def limit_of(name: str) -> int:
    """How many characters a field may hold."""
    plain = re.sub(r"(_fr|_en)?(@.*)?$", "", name)
    return LIMITS.get(plain, LIMITS[""])


def too_long(words: str, limit: int) -> str:
    """What is said of words that are longer than allowed, "" when they are not."""
    if len(words) <= limit:
        return ""
    return gettext(
        "“%(beginning)s…” holds %(n)s characters; %(most)s are allowed. Shorten it: nothing is "
        "cut for you.",
        beginning=words[:40],
        n=len(words),
        most=limit,
    )


def _text(*validators: Any) -> Any:
    return StringField(default="", filters=[_stripped], validators=validators)


class OneLanguage:
    """A text in both languages, of which one is enough; stands with the second field.

    Args:
        first: the field of the other language.
        message: what to say when both are empty.
    """

    def __init__(self, first: str, message: Any) -> None:
        self.first, self.message = first, message

    def __call__(self, form: Form, field: Field) -> None:
        """Refuse the form when both are empty."""
        if not field.data and not form[self.first].data:
            raise ValidationError(self.message)


class DeskForm(Form):  # type: ignore[misc]  # WTForms has no types
    """A form as it was sent."""

    @classmethod
    def sent(cls) -> Self:
        """The form of this request."""
        return cls(request.form)

    def mistakes(self) -> list[str]:
        """What is wrong, field by field, in the language of the page; empty when nothing is."""
        self.validate()
        said = [str(error) for field in self for error in field.errors]
        long = [too_long(f.data, limit_of(f.name)) for f in self if isinstance(f.data, str)]
        return said + [sentence for sentence in long if sentence]


class BringForm(DeskForm):
    """A page to bring: its address or its words where no file comes with the form."""

    id = _text()
    page_url = _text(
        Optional(),
        Regexp(
            r"https?://\S+$", message=_("The address of the page begins with http:// or https://.")
        ),
    )
    publisher = _text()
    url = _text()
    words = _text()

    def validate_id(self, field: Field) -> None:
        """The id becomes a part of addresses and the name of a file."""
        if field.data and not is_text_id(field.data):
            raise ValidationError(
                gettext(
                    "The id is made of lower case letters and digits with hyphens, "
                    "%(most)s at most.",
                    most=MAX_SLUG,
                )
            )


class CommentForm(DeskForm):
    """Something to say about a claim."""

    words = _text(DataRequired(_("The comment is empty; write something.")))


class RemovalForm(DeskForm):
    """Why a claim leaves the register."""

    reason = _text(DataRequired(_("Say why the claim is removed.")))


class DismissalForm(DeskForm):
    """Why a sentence of the page is no claim."""

    reason = _text(DataRequired(_("Say why it claims nothing.")))


class LinkForm(DeskForm):
    """How a reference bears on a claim.

    A page that offers several references names the fields of each with its key: `stance@KEY`.
    """

    stance = _text(AnyOf(STANCES, _("Say which way the study points: choose a stance.")))
    finding = _text()
    note_fr = _text()
    note_en = _text(OneLanguage("note_fr", _("Say in a note what the study shows for this claim.")))
    population = _text()
    intervention = _text()
    comparator = _text()
    outcome = _text()

    @classmethod
    def of(cls, key: str, link: Link | None, sent: MultiDict[str, str] | None = None) -> LinkForm:
        """The part of a form, of this request unless given, that is about one reference of several.

        What the page does not ask for (a finding, where the record has none) stays as in `link`.
        """
        sent, known = request.form if sent is None else sent, link_values(link)
        return cls(MultiDict({n: sent.get(f"{n}@{key}", known[n]) for n in LINK_FIELDS}))

    @property
    def directness(self) -> dict[str, str]:
        """What was said of the elements of the question."""
        return {name: self[name].data for name in DIRECTNESS if self[name].data}

    def keep_theirs(self, link: Link | None) -> None:
        """Take the fields that were chosen so from the link that stands: a conflict is settled."""
        standing = link_values(link)
        for name in LINK_FIELDS:
            if request.form.get(f"take-{name.partition('_')[0]}") == "theirs":
                self[name].data = standing[name]

    def link(self, key: str) -> dict[str, Any]:
        """The link as the journal records it; what is not translated says so."""
        note = bilingual(self.note_fr.data, self.note_en.data)
        return {
            "reference": key,
            "stance": self.stance.data,
            "directness": self.directness,
            "finding": self.finding.data,
            "note": note.model_dump(),
        }


LINK_FIELDS = ("stance", "finding", "note_fr", "note_en", *DIRECTNESS)


def chosen_links(form: MultiDict[str, str] | None) -> list[str]:
    """The keys of the references that a form gives a stance."""
    sent = form.items() if form is not None else ()
    stated = (name for name, value in sent if name.startswith("stance@") and value.strip())
    return [name.partition("@")[2] for name in stated]


def with_chosen_links(claim: Claim, form: MultiDict[str, str] | None) -> Claim:
    """A claim as it would be with the links that a form says, for what the rules propose then."""
    links = {link.reference: link for link in claim.links}
    for key in chosen_links(form):
        if form is not None and (key in links or key in site().kb.library):
            said = LinkForm.of(key, links.get(key), form).link(key)
            with suppress(ValueError):  # not whole yet
                links[key] = Link.model_validate(said)
    return claim.model_copy(update={"links": tuple(links.values())})


def typed(text: Bilingual | None, language: str) -> str:
    """What a field shows of a text: what was written in its language, "" where nothing was."""
    return str(getattr(text, language)) if text and text.is_written_in(language) else ""


def link_values(link: Link | None) -> dict[str, Any]:
    """What the fields of a link show, empty for one to be made."""
    if link is None:
        return dict.fromkeys(LINK_FIELDS, "")
    directness = dict.fromkeys(DIRECTNESS, "") | link.directness.as_dict()
    said = {f"note_{at}": typed(link.note, at) for at in LANGUAGES}
    return {"stance": link.stance, "finding": link.finding, **said, **directness}


class DecisionForm(DeskForm):
    """What is decided on a claim."""

    verdict = _text(DataRequired(_("Choose a verdict.")))
    certainty = _text(DataRequired(_("Choose a certainty.")))
    certainty_reasons = SelectMultipleField(
        choices=list(CERTAINTY_REASONS), validate_choice=False, default=[]
    )
    statement_fr = _text()
    statement_en = _text(
        OneLanguage("statement_fr", _("A claim needs its statement, in one language at least."))
    )
    rationale_fr = _text()
    rationale_en = _text(
        OneLanguage("rationale_fr", _("Say what the literature says, in one language at least."))
    )
    caveats_fr = _text()
    caveats_en = _text()
    kind = _text()
    section = _text()
    more_concepts = _text()
    reason = _text()

    def validate_more_concepts(self, field: Field) -> None:
        """Every term stands in the vocabulary."""
        field.errors += [
            gettext("“%(term)s” is not in the vocabulary.", term=term[:80])
            for term in self._terms()
            if site().kb.vocabulary.resolve(term) is None
        ]

    def _terms(self) -> list[str]:
        terms = self.more_concepts.data.replace("\n", ",").split(",")[:50]
        return [term.strip() for term in terms if term.strip()]

    def _both(self, name: str) -> dict[str, str] | None:
        """A text in both languages; what is not translated says so."""
        fr, en = self[f"{name}_fr"].data, self[f"{name}_en"].data
        return bilingual(fr, en).model_dump() if fr or en else None

    def _concepts(self, seen: Claim) -> dict[str, list[str]]:
        """The concepts by the part they play, after what the form changes."""
        chosen = {role: list(getattr(seen, role)) for role in ROLES}
        vocabulary = site().kb.vocabulary
        for concept in dict.fromkeys(request.form.getlist("concept")[:200]):
            role = request.form.get(f"role-{concept}", "")
            before = next((r for r in ROLES if concept in getattr(seen, r)), "")
            if role == before or role not in ("", *ROLES) or not (before or concept in vocabulary):
                continue
            for ids in chosen.values():
                if concept in ids:
                    ids.remove(concept)
            if role:
                chosen[role].append(concept)
        for term in self._terms():
            named = vocabulary.resolve(term)
            if named and not any(named.id in ids for ids in chosen.values()):
                chosen[field_of(named.facet)].append(named.id)
        return chosen

    def changes(self, seen: Claim) -> dict[str, Any]:
        """The fields in which the form differs from the claim it was opened on."""
        made: dict[str, Any] = {name: self[name].data for name in PLAIN}
        reasons = [r for r in CERTAINTY_REASONS if r in self.certainty_reasons.data]
        if (made["verdict"], made["certainty"]) == ("no-evidence-found", "none"):
            reasons = reasons or ["no-studies"]
        made["certainty_reasons"] = reasons
        made |= {name: self._both(name) for name in BILINGUAL}
        if "concept" in request.form or "more_concepts" in request.form:
            made |= self._concepts(seen)
        plain = seen.model_dump(mode="json")
        theirs = {name for name in made if request.form.get(f"take-{name}") == "theirs"}
        return {n: value for n, value in made.items() if value != plain[n] and n not in theirs}


def decision_values(claim: Claim) -> dict[str, Any]:
    """What the fields of the decision show for a claim."""
    values: dict[str, Any] = {name: getattr(claim, name) for name in PLAIN}
    values["certainty_reasons"] = list(claim.certainty_reasons)
    for name in BILINGUAL:
        text = getattr(claim, name)
        values |= {f"{name}_{language}": typed(text, language) for language in LANGUAGES}
    if not claim.is_assessed:  # nobody has chosen anything: the form does not choose either
        values |= dict.fromkeys(("verdict", "certainty", "rationale_fr", "rationale_en"), "")
        values["certainty_reasons"] = []
    return values
