"""What the packages below say of mistakes, said in French at the desk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask_babel import force_locale

from evidence.journal.accounts import AccountError, check_password
from evidence.knowledge import KnowledgeBase
from webapp import create_app
from webapp.wording.said import MESSAGES, said

ROOT = Path(__file__).resolve().parent.parent.parent


def _flat(source: str) -> str:
    """Source with the halves of its strings joined."""
    return re.sub(r'"\s*\n\s*(?:\+\s*)?f?"', "", source)


def test_every_sentence_is_said_somewhere_below() -> None:
    sources = _flat("\n".join(p.read_text("utf-8") for p in (ROOT / "evidence").rglob("*.py")))
    for message in MESSAGES:
        for part in re.split(r"%\(\w+\)s", message):
            assert part in sources, f"nothing says “{part}” any more"


def test_sentences_keep_their_values(tmp_path: Path) -> None:
    app = create_app(KnowledgeBase(), tmp_path)
    with app.test_request_context(), force_locale("fr"):
        with pytest.raises(AccountError) as short:
            check_password("court", "anne")
        assert " ".join(said(short.value).split()) == (
            "Un mot de passe compte de 12 à 200 caractères ; plusieurs mots conviennent."
        )
        found = said(
            "https://a.example leads to another site (b.example); "
            "give that address if it is the page you mean."
        )
        assert "https://a.example mène" in found
        assert "(b.example)" in found
        assert said("Something nobody listed.") == "Something nobody listed."
