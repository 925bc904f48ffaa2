"""Templates compiled for each language: what they say is in their code, and looked up no more.

A page has a hundred phrases that are the same each time it is made. `_("…")` with nothing to put in
it, other calls that are known to be pure, and `lang` become constants when a template is compiled.
So do macros need nothing of the page that asks for them: a file of them is read once.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from flask import has_request_context
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from evidence.wording.catalogue import Language, translations
from webapp.wording.display import icon
from webapp.wording.language import chosen_language


class LanguageEnvironment(Environment):
    """An environment of templates that keeps one beside it for each language."""

    language: Language | None = None

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """A template in the language of the request that is answered."""
        if self.language is None and has_request_context():
            return self.in_language(chosen_language()).get_template(name, parent, globals)
        return super().get_template(name, parent, globals)

    def in_language(self, language: Language) -> LanguageEnvironment:
        """The same environment for one language; it shares filters and globals with this one."""
        beside: dict[Language, LanguageEnvironment] = self.__dict__.setdefault("_beside", {})
        if language not in beside:
            made: Any = self.overlay()
            made.language = language
            beside[language] = made
        return beside[language]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.language is not None:
            _Constants(self.language).visit(tree)
        return tree


class _Constants(NodeTransformer):
    """Puts what pure calls with constant arguments answer in the place of the calls."""

    def __init__(self, language: Language) -> None:
        self._language, phrase = language, translations(language).gettext
        self._pure: dict[str, Callable[..., Markup]] = {
            "_": lambda words: Markup(phrase(words)) % {},  # noqa: S704 - a phrase of ours
            "icon": icon,
        }

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - a name of Jinja's
        if node.name == "lang" and node.ctx == "load":
            return nodes.Const(self._language, lineno=node.lineno)
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - a name of Jinja's
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.node.name not in self._pure:
            return node
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        values = [one.value for one in node.args if isinstance(one, nodes.Const)]
        if len(values) < len(node.args):
            return node
        return nodes.Const(self._pure[node.node.name](*values), lineno=node.lineno)
