"""The Flask app: texts, claims, references, search and indications as pages."""

from webapp.app import create_app

__all__ = ["create_app"]
