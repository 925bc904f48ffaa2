"""`/map`: what has been studied, indication by design."""

from flask import Blueprint

blueprint = Blueprint("evidencemap", __name__)


@blueprint.get("/map")
def evidence_map() -> str:
    return ""
