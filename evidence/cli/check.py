"""`evidence check`: offline integrity of the knowledge base."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from evidence.checks.run import check_integrity, relative_to
from evidence.cli.context import FINDINGS, FINE, Context, command
from evidence.wording import Language, counted
from evidence.wording.catalogue import preferred_language


def _counted(counts: Mapping[str, int], language: Language) -> str:
    """What was looked at, and how much of it, in words."""
    return ", ".join(
        (
            counted(counts["references"], "%(num)s reference", "%(num)s references", language),
            counted(
                counts["incomplete"],
                "%(num)s incomplete record",
                "%(num)s incomplete records",
                language,
            ),
            counted(counts["concepts"], "%(num)s concept", "%(num)s concepts", language),
            counted(counts["texts"], "%(num)s text", "%(num)s texts", language),
            counted(counts["claims"], "%(num)s claim", "%(num)s claims", language),
            counted(
                counts["unassessed"],
                "%(num)s claim not assessed yet",
                "%(num)s claims not assessed yet",
                language,
            ),
            counted(counts["links"], "%(num)s link", "%(num)s links", language),
            counted(counts["sources"], "%(num)s cited source", "%(num)s cited sources", language),
        )
    )


@command("check")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
def check(context: Context, strict: bool) -> None:
    """Check files, keys, concepts, links and verdicts, without the network.

    Exits with 1 when something must be mended, 0 otherwise.

    \b
    Examples:
      evidence check --kb ~/our-texts
      evidence check --strict --json | jq .errors
    """
    findings = check_integrity(context.kb)
    base = Path.cwd()
    findings.errors = [relative_to(base, problem) for problem in findings.errors]
    findings.warnings = [relative_to(base, problem) for problem in findings.warnings]

    def show() -> None:
        for problem in findings.errors:
            context.say("error: {problem}", problem=problem)
        for problem in findings.warnings:
            context.say("warning: {problem}", problem=problem)
        context.say(
            "{errors} errors, {warnings} warnings in {counts}",
            errors=len(findings.errors),
            warnings=len(findings.warnings),
            counts=_counted(findings.counts, preferred_language()),
        )

    context.emit(findings.as_dict(), show)
    wrong = findings.errors or (strict and findings.warnings)
    context.finish(FINDINGS if wrong else FINE)
