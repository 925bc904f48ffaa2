"""What was fitted can be fitted again, and set for another library."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench import fit
from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.ranking.scope import Coverage, evidence_score
from evidence.search.ranking_parameters import DEFAULT, SearchParameters, read_parameters
from references.errors import SettingError


def test_a_base_sets_parameters_and_a_file_goes_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"search": {"k1": 2, "best": 5}}
    parameters = read_parameters(own, tmp_path / "kb.toml")
    assert (parameters.k1, parameters.best, parameters.b) == (2.0, 5, 0.75)
    (tmp_path / "search.toml").write_text("[search]\nk1 = 1.7\n")
    monkeypatch.setenv("EVIDENCE_SEARCH_PARAMETERS", str(tmp_path / "search.toml"))
    parameters = read_parameters(own, tmp_path / "kb.toml")
    assert (parameters.k1, parameters.best) == (1.7, 5)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"k9": 1.0}, "'k9'"),
        ({"k1": "much"}, "'k1'"),
        ({"best": 2.5}, "'best'"),
        ({"b": True}, "b"),
    ],
)
def test_what_is_no_parameter_is_refused(values: dict[str, object], told: str) -> None:
    with pytest.raises(SettingError, match=told):
        DEFAULT.with_values(values, "kb.toml")


def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_SEARCH_PARAMETERS", str(tmp_path / "absent.toml"))
    with pytest.raises(SettingError, match=r"absent\.toml"):
        read_parameters({}, tmp_path / "kb.toml")


def test_other_weights_of_documents_make_the_index_anew(
    small_base: Callable[..., KnowledgeBase], tmp_path: Path
) -> None:
    kb = small_base()
    first = open_engine(kb, tmp_path / "instance")
    (kb.folder / "kb.toml").write_text('name = "small"\n[search]\ntitle = 9.0\nk1 = 1.0\n')
    changed = KnowledgeBase(kb.folder)
    again = open_engine(changed, tmp_path / "instance")
    assert again.statistics.parameters.title == 9.0
    assert again.statistics.index.postings("all", "freez")[1].max() == 9.0  # once in a title
    assert first.statistics.index.postings("all", "freez")[1].max() == 2.0


def test_the_decision_is_logistic() -> None:
    parameters = SearchParameters(
        scope_start=-1.0,
        scope_covered=2.0,
        scope_known=0.5,
        scope_subject=0.0,
        scope_named=1.0,
        scope_practical=-3.0,
    )
    # -1 + 2 x 0.5 + 0.5 x 1 + 1 x 0.25 - 3 x 1
    assert evidence_score(parameters, Coverage(0.5, 1.0, -2.0, 0.25, 1.0)) == pytest.approx(-2.25)


def test_a_logistic_regression_finds_the_weights_it_was_made_with() -> None:
    drawn = np.random.default_rng(5)
    rows = drawn.normal(size=(20_000, 2))
    likely = 1 / (1 + np.exp(-(0.5 + 2.0 * rows[:, 0] - 1.0 * rows[:, 1])))
    answered = drawn.random(20_000) < likely
    weights = fit.logistic(rows, answered)
    assert weights[1:].tolist() == pytest.approx([2.0, -1.0], abs=0.1)
    kept = (weights[0] + rows @ weights[1:] > 0)[answered]
    assert kept.mean() == pytest.approx(29 / 30, abs=0.001)


def test_a_coordinate_search_stops_at_the_best_within_bounds() -> None:
    def mean(parameters: SearchParameters) -> float:
        return -((parameters.k1 - 1.5) ** 2) - (parameters.b - 2.0) ** 2

    best = fit.coordinate_search(mean, DEFAULT, {"k1": (0.5, 3.0), "b": (0.1, 1.0)}, 20)
    assert best.k1 == pytest.approx(1.5, abs=0.1)
    assert best.b == 1.0


def test_a_library_of_its_own_is_fitted(
    small_base: Callable[..., KnowledgeBase],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kb = small_base()
    judged = tmp_path / "judged"
    (judged / "qrels").mkdir(parents=True)
    (judged / "queries.jsonl").write_text(
        '{"_id": "q", "text": "freezing before knee replacement"}\n'
    )
    (judged / "qrels" / "test.tsv").write_text("query\tcorpus\tscore\nq\tsmith2019knee\t2\n")
    statements = {
        "answered": [
            [
                "Geler une branche avant un remplacement du genou.",
                "Freezing before knee replacement.",
            ]
        ],
        "unanswered": [["Le parking est payant.", "Please bring your insurance card."]],
    }
    (tmp_path / "said.json").write_text(json.dumps(statements))
    arguments = ["fit", "--base", str(kb.folder), "--set", str(judged), "--only", "k1"]
    arguments += ["--statements", str(tmp_path / "said.json"), "--rounds", "1"]
    arguments += ["--output", str(tmp_path / "search.toml")]
    monkeypatch.setattr("sys.argv", arguments)
    fit.main()
    shown = capsys.readouterr().out
    assert "judged                           1.0000   1.0000" in shown
    assert "after                             1.000    1.000" in shown
    monkeypatch.setenv("EVIDENCE_SEARCH_PARAMETERS", str(tmp_path / "search.toml"))
    fitted = read_parameters({}, tmp_path / "kb.toml")
    assert fitted.scope_start != DEFAULT.scope_start
    assert fitted.k1 == DEFAULT.k1
