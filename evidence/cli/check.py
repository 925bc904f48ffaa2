"""`evidence check`: offline integrity of the knowledge base."""

from __future__ import annotations

from pathlib import Path

import click

from evidence.cli.context import FINDINGS, FINE, Context, command
from evidence.integrity import check_integrity, relative_to


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
        counts = ", ".join(f"{count} {name}" for name, count in findings.counts.items())
        context.say(
            "{errors} errors, {warnings} warnings in {counts}",
            errors=len(findings.errors),
            warnings=len(findings.warnings),
            counts=counts,
        )

    context.emit(findings.as_dict(), show)
    wrong = findings.errors or (strict and findings.warnings)
    context.finish(FINDINGS if wrong else FINE)
