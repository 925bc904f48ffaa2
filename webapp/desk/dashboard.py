"""`/desk` and `/desk/texts/<id>`: what needs attention, how far a text is, who did what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import abort, render_template, request

from evidence.claims.claim import CERTAINTIES, VERDICTS
from evidence.journal.event import OF_THE_INSTANCE
from evidence.lifecycle import waiting_since_before
from evidence.report import not_translated, untranslated
from evidence.wording import LANGUAGES
from webapp.accounts.session import allowed, needs, signed_in
from webapp.desk.attention import REASONS, AttentionRow, Progress, attention_rows, unsettled
from webapp.desk.blueprint import blueprint
from webapp.desk.bring import drafts
from webapp.desk.claim_page import people_who, view_or_404
from webapp.desk.doubles import waiting_pairs
from webapp.desk.unsent import all_unsent
from webapp.lookups import requested_page
from webapp.site import site, standing
from webapp.wording.language import chosen_language

MAX_EVENTS = 12
PAGE_EVENTS = 100
STAGES = ("open", "reviewed", "signed")


@blueprint.get("/desk")
@needs("read")
def desk_home() -> str:
    """Every text with its progress, and the last things done anywhere."""
    texts = []
    for text_id in standing().texts:
        view = standing().text(text_id).whole()
        texts.append((view, Progress.of(attention_rows(view), view.text.sources)))
    head = site().assembler.journal.head()[0]
    last = site().assembler.journal.events(after=max(0, head - MAX_EVENTS))
    events = [event for event in last if event.kind not in OF_THE_INSTANCE]
    mine, damaged = drafts().all() if allowed("draft") else ([], [])
    texts.sort(key=lambda row: row[0].stage.name == "archived")  # those last
    return render_template(
        "desk/home.html",
        texts=texts,
        from_before=waiting_since_before(view for view, _progress in texts),
        events=events[::-1],
        drafts=mine,
        damaged=damaged,
        doubtful=len(waiting_pairs()) if allowed("link") else 0,
        unsent_forms=len(all_unsent(signed_in().name)),
    )


@dataclass(frozen=True)
class Filters:
    """What the address of a dashboard asks for; empty means everything."""

    reasons: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    certainties: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    assignee: str = ""
    order: str = "attention"
    words: str = ""

    @classmethod
    def of_request(cls) -> Filters:
        """From the address; a value that does not exist is a mistake of the address."""
        chosen = {}
        for name, key, known in (
            ("reasons", "needs", REASONS),
            ("verdicts", "verdict", VERDICTS),
            ("certainties", "certainty", CERTAINTIES),
            ("stages", "stage", STAGES),
        ):
            values = tuple(dict.fromkeys(v for v in request.args.getlist(key) if v))
            if set(values) - set(known):
                abort(400)
            chosen[name] = values
        order = request.args.get("order") or "attention"
        if order not in ("attention", "page"):
            abort(400)
        return cls(
            **chosen,
            assignee=request.args.get("assignee", "")[:80],
            order=order,
            words=request.args.get("words", "").strip()[:200],
        )

    def fits(self, row: AttentionRow) -> bool:
        """Whether a row is shown."""
        words = f"{row.claim.statement.fr} {row.claim.statement.en} {row.claim.id}".casefold()
        return (
            (not self.reasons or bool(set(self.reasons) & set(row.reasons)))
            and (not self.verdicts or row.claim.judgement in self.verdicts)
            and (not self.certainties or row.claim.certainty in self.certainties)
            and (not self.stages or row.stage in self.stages)
            and (not self.assignee or (row.state.assignee or "-") == self.assignee)
            and all(word in words for word in self.words.casefold().split())
        )

    @property
    def any(self) -> bool:
        """True when something narrows the list."""
        return self != Filters(order=self.order)


@blueprint.get("/desk/texts/<text_id>")
@needs("read")
def dashboard(text_id: str) -> str:
    """One text: progress, what needs attention, its claims to filter and to act on."""
    view = view_or_404(text_id)
    rows = attention_rows(view)
    filters = Filters.of_request()
    listed = [row for row in rows if filters.fits(row)]
    if filters.order == "attention":
        listed.sort(key=lambda row: row.urgency)
    counts: Counter[str] = Counter(row.claim.judgement for row in rows)
    grades: Counter[str] = Counter(row.claim.certainty or "" for row in rows)
    return render_template(
        "desk/text.html",
        view=view,
        text=view.text,
        rows=rows,
        listed=listed,
        filters=filters,
        progress=Progress.of(rows, view.text.sources),
        unsettled=unsettled(view.text.sources),
        verdict_counts={v: counts[v] for v in VERDICTS},
        certainty_counts={c: grades[c] for c in CERTAINTIES},
        people=people_who("review"),
        headings={section.id: section.heading for section in view.text.sections},
        events=list(reversed(view.events))[:MAX_EVENTS],
        not_translated={
            code: not_translated(untranslated(view.text, code), code, chosen_language())
            for code in LANGUAGES
        },
    )


@blueprint.get("/desk/texts/<text_id>/history")
@needs("read")
def history(text_id: str) -> str:
    """Everything done to a text, the newest first."""
    view = view_or_404(text_id)
    page, events = requested_page(), list(reversed(view.events))
    start = (page - 1) * PAGE_EVENTS
    return render_template(
        "desk/history.html",
        view=view,
        text=view.text,
        events=events[start : start + PAGE_EVENTS],
        page=page,
        more=len(events) > start + PAGE_EVENTS,
    )
