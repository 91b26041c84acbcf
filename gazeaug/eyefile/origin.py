"""What an eye file is by its own account, and what speaks against using it as it is to be used."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug.outputs import is_same_file

RENDERED, REFINED, REAL = "rendered", "refined", "real"
# Sources that are of one kind. Layouts that `convert` writes too, such as MPIIGaze.h5, prove nothing.
SOURCES = {
    "UnityEyes": RENDERED,
    "UnityEyes2": RENDERED,
    "SynthesEyes": RENDERED,
    "MPIIGaze Normalized": REAL,
    "Columbia Gaze": REAL,
    "photographs": REAL,
}
DOMAINS = {"synthetic": RENDERED, "camera": REAL}  # of sample data
GAZE = ("look_vec", "gaze")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Doubt:
    """Something that speaks against a use of some files: a sentence without its full stop."""

    text: str
    is_proven: bool = True
    """The files say so themselves; others are only hints."""


@dataclass(frozen=True)
class Origin:
    """What a file says of itself."""

    path: Path
    kinds: frozenset[str | None]
    """Of what its rows come from: `RENDERED`, `REFINED`, `REAL`, or None where it does not say."""
    has_gaze: bool
    provenance: Mapping[str, Any]

    @classmethod
    def of(cls, eyes: EyeFile) -> Origin:
        """Of an open file."""
        said: dict[str, Any] = {
            name: str(eyes.attributes[name]) for name in ("source", "domain") if name in eyes.attributes
        }
        has_gaze = any(name in eyes.labels for name in GAZE)
        return cls(eyes.path, frozenset(kinds_of({**said, **eyes.provenance})), has_gaze, eyes.provenance)

    @classmethod
    def at(cls, path: Path | str) -> Origin:
        """Of a file.

        Raises:
            InputError: not an eye file.
        """
        with open_eyes(path) as eyes:
            return cls.of(eyes)

    @property
    def kind(self) -> str | None:
        """What all of its rows are; None where that is not known, or where they are of several kinds."""
        return next(iter(self.kinds)) if len(self.kinds) == 1 else None

    @property
    def input_names(self) -> list[str]:
        """The files that a refined one was made of."""
        names = self.provenance.get("input", [])
        return [names] if isinstance(names, str) else list(names)


def kinds_of(made: Mapping[str, Any]) -> set[str | None]:
    """The kinds of what a file was made of, by its provenance and by that of its inputs."""
    if "model_sha256" in made:
        return {REFINED}
    inputs = made.get("input_provenance") or []
    found = [kinds_of(each) for each in ([inputs] if isinstance(inputs, Mapping) else inputs)]
    if found:
        return set().union(*found)
    return {DOMAINS.get(str(made.get("domain"))) or SOURCES.get(str(made.get("source")))}


def settle(doubts: Iterable[Doubt], *, force: bool) -> tuple[str, ...]:
    """The doubts as warnings, once none is left that needs the user's consent.

    Raises:
        InputError: the files prove that they are the wrong ones, and nobody said `--force`.
    """
    found = list(doubts)
    for doubt in found:
        if doubt.is_proven and not force:
            raise InputError(f"{doubt.text}; give other files, or --force to use these anyway.")
    return tuple(f"{doubt.text}" for doubt in found)


def settle_aloud(doubts: Iterable[Doubt], *, force: bool) -> None:
    """The same, with the warnings logged: by default Python writes them to standard error.

    Raises:
        InputError: see `settle`.
    """
    for text in settle(doubts, force=force):
        logger.warning("warning: %s", text)


def same_files(roles: Sequence[tuple[str, Path | str]]) -> list[Doubt]:
    """Files that are given for two things, by what they are given for."""
    return [
        Doubt(f"{one}: is given as {first} and as {second}, which should be two files")
        for (first, one), (second, other) in combinations(roles, 2)
        if is_same_file(Path(one), Path(other))
    ]


def not_of(origin: Origin, role: str, unwanted: Mapping[str, str]) -> list[Doubt]:
    """A file that says itself to be what it should not be; `unwanted` holds what follows of each kind."""
    if origin.kind not in unwanted:
        return []
    assert origin.kind is not None
    return [
        Doubt(f"{origin.path}: is given as {role}, but says that its eyes are {origin.kind}{unwanted[origin.kind]}")
    ]


def swapped_pair(synthetic: Origin, real: Origin) -> list[Doubt]:
    """What speaks against training on two sets."""
    seem = ": rendered and real eyes seem to be swapped"
    doubts = same_files([("rendered eyes", synthetic.path), ("real eyes", real.path)])
    doubts += not_of(synthetic, "rendered eyes", {REAL: seem, REFINED: ", so that they would be refined twice"})
    doubts += not_of(real, "real eyes", {RENDERED: seem, REFINED: ", which only look real"})
    if not doubts and real.has_gaze and not synthetic.has_gaze:
        hint = f"{synthetic.path}: is given as rendered eyes and has no gaze, while {real.path} has{seem}"
        doubts.append(Doubt(hint, is_proven=False))
    return doubts


def not_to_refine(origins: Iterable[Origin]) -> list[Doubt]:
    """What speaks against refining files."""
    doubts = []
    for origin in origins:
        if REFINED in origin.kinds:
            which = "was refined" if origin.kind == REFINED else "holds eyes that were refined"
            model = origin.provenance.get("model")
            by = f" by {model}" if model else ""
            doubts.append(Doubt(f"{origin.path}: {which}{by} already; refining it twice would change it further"))
        elif origin.kind == REAL:
            doubts.append(Doubt(f"{origin.path}: says that its eyes are real; refiners are for rendered ones", False))
    return doubts


def not_a_twin(before: Origin, after: Origin) -> list[Doubt]:
    """What speaks against two files as an input of refine-dataset and what it wrote, by their own account."""
    doubts = same_files([("input", before.path), ("refined", after.path)])
    made_of = after.provenance.get("input_provenance")
    if after.kind == REFINED and made_of == dict(before.provenance):
        return doubts
    if before.kind == REFINED and (after.kind != REFINED or after.path.name in before.input_names):
        doubts.append(Doubt(f"{before.path}: is given as the input, but was refined: the two files seem to be swapped"))
    elif after.kind == REFINED:
        names = ", ".join(after.input_names) or "another file"
        doubts.append(Doubt(f"{after.path}: was refined from {names}, which is not the present {before.path}"))
    elif after.kind in (RENDERED, REAL):
        doubts.append(Doubt(f"{after.path}: is given as refined, but says that its eyes are {after.kind}"))
    return doubts


def not_to_compare(refined: Path | str, real: Path | str, synthetic: Path | str | None = None) -> list[Doubt]:
    """What speaks against comparing the looks of refined eyes with those of real ones, and of what was refined."""
    roles = [("refined eyes", refined), ("real eyes", real)]
    roles += [] if synthetic is None else [("what was refined", synthetic)]
    doubts = same_files(roles)
    seem = ": the files seem to be swapped"
    doubts += not_of(Origin.at(refined), "refined eyes", {REAL: seem})
    doubts += not_of(Origin.at(real), "real eyes", {RENDERED: seem, REFINED: seem})
    if synthetic is not None:
        doubts += not_of(Origin.at(synthetic), "what was refined", {REAL: seem, REFINED: seem})
    return doubts
