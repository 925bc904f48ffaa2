"""Nine small records, for tests of ranking whose numbers are worked by hand."""

from __future__ import annotations

from references.record import Author, Reference, Study


def record(key: str, title: str, year: int | None, design: str = "", **study: object) -> Reference:
    known = {"indications", "nerves", "interventions", "population", "comparators", "guidance"}
    return Reference(
        key,
        title=title,
        year=year,
        language=str(study.pop("language", "en")),
        authors=() if study.pop("anonymous", False) else (Author("Moreau", "Anne"),),
        study=Study(design=design, **{name: study[name] for name in known & study.keys()}),  # type: ignore[arg-type]
    )


RECORDS = [
    record(
        "frozen",
        "Freezing the pudendal nerve",
        2015,
        "case-series",
        indications=("pudendal-neuralgia",),
        nerves=("pudendal-nerve",),
        interventions=("cryoneurolysis",),
        population=("women",),
    ),
    record(
        "trial",
        "Sham and blocks in a long title of seven words",
        2019,
        "rct",
        indications=("pudendal-neuralgia",),
        interventions=("nerve-block",),
        comparators=("cryoneurolysis",),
        population=("men",),
    ),
    record(
        "again",
        "Sham and blocks in a long title of seven words",
        2021,
        "rct",
        indications=("pudendal-neuralgia",),
    ),
    record(
        "knee",
        "Cooling before a knee replacement",
        2010,
        "rct",
        indications=("knee-arthroplasty",),
        interventions=("cryoneurolysis",),
    ),
    record("serum", "Serum IL-6 in follow-up of sheep", 2005, "laboratory"),
    record(
        "douleur",
        "La douleur du genou",
        2018,
        "cohort-prospective",
        language="fr",
        indications=("knee-arthroplasty",),
    ),
    record("unread", "Sheep of 2010 in winter", None, "", anonymous=True),
    record("planned", "Sham for zoster", 2022, "protocol", indications=("pudendal-neuralgia",)),
    record(
        "many",
        "A survey",
        2020,
        "narrative-review",
        nerves=("pudendal-nerve",),
        indications=(
            "pudendal-neuralgia",
            "knee-arthroplasty",
            "trigeminal-neuralgia",
            "low-back-pain",
        ),
    ),
]
KEYS = [one.key for one in RECORDS]
