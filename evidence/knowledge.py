"""A knowledge base: a folder with kb.toml, references, vocabulary and texts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.settings import read_settings
from references.errors import NotFound, Problem, SettingError, problem_in

if TYPE_CHECKING:  # imported where they are read: a search needs neither texts nor BibTeX
    from evidence.claims.readings import ClaimReadings
    from evidence.claims.summary import Summary
    from evidence.claims.text import Text
    from references.concepts import Vocabulary
    from references.library import Library

BUNDLED = Path(__file__).parent

#: Beside a register, what two readers made of its claims: a record of work, not a text.
READINGS = ".readings.yaml"


def registers(folder: Path) -> list[Path]:
    """The files of a folder that hold texts, in a fixed order; readings are none."""
    return sorted(path for path in folder.glob("*.yaml") if not path.name.endswith(READINGS))


class KnowledgeBase:
    """Everything a folder holds, read when first asked for and kept.

    `kb.toml` names the folders of references, vocabulary and texts, relative to itself;
    a base without a vocabulary of its own uses the bundled one.
    """

    def __init__(self, folder: str | Path | None = None, instance: Path | None = None) -> None:
        """Nothing but `kb.toml` is read before it is asked for.

        Args:
            folder: the base; the bundled one without it.
            instance: a folder whose texts, brought there at the desk, are added.

        Raises:
            SettingError: the folder is not a knowledge base, or its `kb.toml` cannot be read.
        """
        self.folder = Path(folder or BUNDLED).expanduser().resolve()
        self.brought_folder = instance / "texts" if instance else None
        #: The references that the instance has beside those of the base.
        self.taken_file = instance / "references" / "taken.bib" if instance else None
        self._taken = self._as_read = ""
        #: Each register as its file was read: what that looked like, its text, what was wrong.
        self._registers: dict[Path, tuple[str, Text | None, list[Problem]]] = {}
        #: The summaries of concepts in the same way.
        self._summaries: tuple[str, Mapping[str, Summary], list[Problem]] = ("", {}, [])
        #: The readings of each text in the same way.
        self._readings: dict[str, tuple[str, Mapping[str, ClaimReadings], list[Problem]]] = {}
        self._seen = ""
        try:
            self.settings, self._setting_problems = read_settings(self.folder / "kb.toml")
        except FileNotFoundError:
            raise SettingError(
                "{folder} is not a knowledge base: it has no kb.toml. Make one with "
                "'evidence init {folder}'.",
                folder=self.folder,
            ) from None
        #: The last good reading of each register: shown while a newer one is broken.
        self._good: dict[Path, Text] = {}
        self._paths: dict[str, Path] = {}

    def _folder_of(self, name: str, default: str) -> Path:
        return (self.folder / str(self.settings.get(name, default))).resolve()

    @cached_property
    def references_folder(self) -> Path:
        """Where the .bib files are."""
        return self._folder_of("references", "references")

    @cached_property
    def texts_folder(self) -> Path:
        """Where the texts are."""
        return self._folder_of("texts", "texts")

    @property
    def vocabulary_folder(self) -> Path:
        """Where the concepts are: the base's own folder, else the bundled vocabulary."""
        own = self._folder_of("vocabulary", "vocabulary")
        return own if own.is_dir() else BUNDLED.parent / "references" / "vocabulary"

    def name(self, language: str) -> str:
        """The name of the base in a language."""
        names = self.settings.get("name", {})
        return str(names.get(language) or self.folder.name) if isinstance(names, dict) else names

    @cached_property
    def library(self) -> Library:
        """All references: those of the base, then those taken into the instance."""
        from references.library import Library

        self._taken = _stamp(self.taken_file) if self.taken_file else ""
        self._as_read = self.library_fingerprint()  # before it is read: never newer than that
        return Library.read(
            self.references_folder,
            *([self.taken_file.parent] if self._taken and self.taken_file else []),
        )

    @property
    def library_as_read(self) -> str:
        """The `library_fingerprint` of when the library was read, whatever its files are now."""
        _ = self.library
        return self._as_read

    def read_library_again(self) -> None:
        """Forget the library if the instance took a reference in meanwhile."""
        if self.taken_file and _stamp(self.taken_file) != self._taken:
            self.__dict__.pop("library", None)

    @cached_property
    def _vocabulary(self) -> tuple[Vocabulary, list[Problem]]:
        from references.concept_files import read_vocabulary

        return read_vocabulary(self.vocabulary_folder)

    @property
    def vocabulary(self) -> Vocabulary:
        """All concepts."""
        return self._vocabulary[0]

    @cached_property
    def _texts(self) -> tuple[dict[str, Text], list[Problem]]:
        texts: dict[str, Text] = {}
        problems: list[Problem] = []
        files = self._text_files()
        # That a folder is gone (a disk not mounted) does not mean that its texts were removed.
        gone = [path for path in self._good if not path.parent.is_dir()]
        files += [path for path in gone if path not in files]
        for path in files:
            text, wrong = self._register(path)
            problems += wrong
            if text is None:
                text = self._good.get(path)
                if text is None:
                    continue
            elif text.id != path.stem:
                problems.append(
                    problem_in(path, 1, "id", "is '{id}'; name the file {id}.yaml", id=text.id)
                )
            self._good[path] = text
            if text.id in texts:
                problems.append(problem_in(path, 1, "id", "another text has this id; rename one"))
                continue
            texts[text.id] = text
            self._paths[text.id] = path
        return texts, problems

    def _register(self, path: Path) -> tuple[Text | None, list[Problem]]:
        """The text of a register; read again only when its file changed."""
        from evidence.claims.text import read_text

        stamp = _stamp(path)
        known = self._registers.get(path)
        if known is None or known[0] != stamp:
            known = self._registers[path] = (stamp, *read_text(path))
        return known[1:]

    def _text_files(self) -> list[Path]:
        """The registers: those of the base first, then those brought to the instance."""
        own = registers(self.texts_folder)
        names = {path.name for path in own}
        brought = registers(self.brought_folder) if self.brought_folder else []
        return own + [path for path in brought if path.name not in names]

    def text_path(self, text_id: str) -> Path:
        """The register of a text: in the base, or among those brought to the instance."""
        own = self.texts_folder / f"{text_id}.yaml"
        if text_id in self._paths and self._paths[text_id].exists():
            return self._paths[text_id]
        if self.brought_folder and not own.exists():
            return self.brought_folder / own.name
        return own

    def is_brought(self, text_id: str) -> bool:
        """Whether a text was brought to the instance, and is no part of the base itself."""
        path = self._paths.get(text_id)
        return path is not None and path.parent == self.brought_folder

    def readings(self, text_id: str) -> Mapping[str, ClaimReadings]:
        """What two readers made of the claims of a text, by claim; empty where nobody read."""
        return self._read_readings(text_id)[0]

    def _read_readings(self, text_id: str) -> tuple[Mapping[str, ClaimReadings], list[Problem]]:
        from evidence.claims.readings import read_readings

        path = _readings_path(self.text_path(text_id))
        stamp, known = _stamp(path), self._readings.get(text_id)
        if known is None or known[0] != stamp:
            read = read_readings(path) if stamp else ({}, [])
            known = self._readings[text_id] = (stamp, *read)
        return known[1:]

    @property
    def summaries_path(self) -> Path:
        """Where the summaries of concepts stand; a base may have none."""
        return self.folder / "summaries.yaml"

    @property
    def summaries(self) -> Mapping[str, Summary]:
        """The answers to what is known of a concept, by concept, as they are written.

        What a reader may see of them is decided in `evidence.standing`.
        """
        return self._read_summaries()[0]

    def _read_summaries(self) -> tuple[Mapping[str, Summary], list[Problem]]:
        from evidence.claims.summary import read_summaries

        if not (stamp := _stamp(self.summaries_path)):
            return {}, []
        if self._summaries[0] != stamp:
            self._summaries = (stamp, *read_summaries(self.summaries_path))
        return self._summaries[1:]

    def texts_stamp(self) -> str:
        """Names, sizes and times of the registers: changes when one of them was written.

        Readings and summaries of concepts count too: they are shown beside the claims.
        """
        folders = filter(None, (self.texts_folder, self.brought_folder))
        stamps = (stamp_of_files(folder, ".yaml") for folder in folders)
        return "\n".join([*stamps, _stamp(self.summaries_path)])

    def read_texts_again(self) -> str:
        """Forget the texts if a register was written meanwhile; returns `texts_stamp()`.

        Cheap where nothing changed, so a server may ask at every request.
        """
        stamp = self.texts_stamp()
        if stamp != self._seen:
            self.__dict__.pop("_texts", None)
            self._seen = stamp
        self.read_library_again()
        return stamp

    @property
    def texts(self) -> dict[str, Text]:
        """All readable registers, by id, as they are written.

        What a reader may see of them is decided in `evidence.standing`.
        """
        return self._texts[0]

    @property
    def problems(self) -> list[Problem]:
        """What was wrong with the files; whatever could be read was."""
        return [
            *self.library_problems,
            *self._texts[1],
            *self._read_summaries()[1],
            *(problem for text_id in self.texts for problem in self._read_readings(text_id)[1]),
        ]

    @property
    def library_problems(self) -> list[Problem]:
        """What was wrong with settings, references and vocabulary."""
        return [*self._setting_problems, *self.library.problems, *self._vocabulary[1]]

    def again(self) -> KnowledgeBase:
        """The same base, to be read anew; of its registers the last good readings are kept.

        Raises:
            SettingError: its `kb.toml` cannot be read any more.
        """
        brought = self.brought_folder
        anew = KnowledgeBase(self.folder, brought.parent if brought else None)
        anew._good = dict(self._good)
        return anew

    def text(self, text_id: str) -> Text:
        """The register of this id, as it is written.

        Raises:
            NotFound: there is no such text.
        """
        if text_id not in self.texts:
            raise no_text(text_id, self.texts)
        return self.texts[text_id]

    def library_files(self) -> list[Path]:
        """The files of the library, in a fixed order: settings, references, vocabulary."""
        taken = [self.taken_file] if self.taken_file and self.taken_file.exists() else []
        return [
            self.folder / "kb.toml",
            *sorted(self.references_folder.glob("*.bib")),
            *taken,
            *sorted(self.vocabulary_folder.glob("*.yaml")),
        ]

    def library_stamp(self) -> str:
        """Names, sizes and times of the library's files: changes when one of them was written."""
        return "\n".join(f"{path.name} {_stamp(path)}" for path in self.library_files())

    def files(self) -> list[Path]:
        """Every file the base is made of, in a fixed order."""
        own = [self.summaries_path] if self.summaries_path.exists() else []
        return [*self.library_files(), *registers(self.texts_folder), *own]

    def fingerprint(self) -> str:
        """SHA-256 of the contents of all files of the base."""
        return _digest(self.files())

    def library_fingerprint(self) -> str:
        """SHA-256 of the contents of the library's files: what an index was built from."""
        return _digest(self.library_files())


def no_text(text_id: str, known: Iterable[str]) -> NotFound:
    """The error for a text that is not among those that are known."""
    return NotFound(
        "No text '{text_id}' in this knowledge base; it has: {known}.",
        text_id=text_id,
        known=", ".join(known) or "none yet",
    )


def _readings_path(register: Path) -> Path:
    return register.with_name(f"{register.stem}{READINGS}")


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size} {status.st_mtime_ns}"


def stamp_of_files(folder: Path, ending: str = "") -> str:
    """Names, sizes and times of the files of a folder; "" where there is no such folder.

    Asked at every request, so it makes no paths of them.
    """
    try:
        with os.scandir(folder) as entries:
            files = [(one.name, one.stat()) for one in entries if one.name.endswith(ending)]
    except OSError:
        return ""
    return "\n".join(
        sorted(f"{name} {status.st_size} {status.st_mtime_ns}" for name, status in files)
    )


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\0".encode())
        digest.update(content_of(path))
    return digest.hexdigest()


def content_of(path: Path) -> bytes:
    """The content of a file, or why it cannot be read: that too changes what is shown."""
    try:
        return path.read_bytes()
    except OSError as error:
        return f"cannot be read: {error.errno}".encode()
