"""What an evaluation says in a sentence and three figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from gazeaug.drawing.pages import KeyFigure
from gazeaug.evaluation.intervals import NEAR, Estimate
from gazeaug.evaluation.results import Evaluation
from gazeaug.evaluation.scores import Score
from gazeaug.evaluation.trainings import LEAVE_ONE_OUT


@dataclass(frozen=True)
class Compared:
    """The training sets that the headline is about, each at its largest size."""

    first: Score
    """What the others are compared with."""
    main: Score | None
    """The last set that is neither the first nor the reference, or else the reference; None for a single set."""
    people: Mapping[str, str]
    """Names for people by names of sets."""

    @property
    def effect(self) -> Estimate | None:
        """Degrees by which the error of `main` is lower; None where there is nothing to compare."""
        return None if self.main is None else self.main.gain

    def name(self, score: Score) -> str:
        """Of a set, for people."""
        return self.people[score.name]


def compare(found: Evaluation) -> Compared:
    """Choose what the headline is about."""
    largest = [score for score in found.scores if score.is_largest]
    options = found.facts["options"]
    reference = LEAVE_ONE_OUT if options.get("leave_one_out") else options.get("reference")
    others = [score for score in largest[1:] if score.name != reference] or largest[1:]
    return Compared(largest[0], others[-1] if others else None, names_for_people(found))


def names_for_people(found: Evaluation) -> dict[str, str]:
    """Names of sets without the ending, and with what their eyes are where the file says it."""
    kinds = found.facts.get("kinds", {})
    names = {name: name_of_set(name, kinds.get(name)) for name in dict.fromkeys(score.name for score in found.scores)}
    return names if len(set(names.values())) == len(names) else {name: name for name in names}


def name_of_set(name: str, kind: str | None) -> str:
    """Of a training set: a.refined.h5 is "a (refined)"."""
    if name == LEAVE_ONE_OUT:
        return "other test subjects"
    plain = str(PurePath(name).with_suffix("")) if name.endswith((".h5", ".hdf5")) else name
    return f"{plain.removesuffix(f'.{kind}')} ({kind})" if kind else plain


def lead(compared: Compared, seeds: int) -> str:
    """The answer in a sentence or two."""
    first, main, effect = compared.first, compared.main, compared.effect
    if main is None or effect is None:
        return f"Gaze estimators trained on {compared.name(first)} err by {degrees(first.mean)}."
    pair = f"trained on {compared.name(main)}", f"trained on {compared.name(first)}"
    alone = " One seed: the interval does not include how much the error varies between seeds." * (seeds < 2)
    if effect.low <= 0 <= effect.high:
        return (
            f"No measurable effect: estimators {pair[0]} and {pair[1]} have about the same error. The difference is "
            f"{effect.value:+.2f} degrees; its 95 % interval ({effect.low:+.2f} to {effect.high:+.2f}) holds 0.{alone}"
        )
    low, high = sorted((abs(effect.low), abs(effect.high)))
    word = "lower" if effect.value > 0 else "higher"
    return (
        f"Estimators {pair[0]} have a {word} error than those {pair[1]}: by {abs(effect.value):.2f} degrees "
        f"(95 % interval: {low:.2f} to {high:.2f}).{alone}"
    )


def key_figures(compared: Compared) -> list[KeyFigure]:
    """The error before, the error after, and the difference or the share of the gap closed."""
    first, main = compared.first, compared.main
    figures = [error_figure(compared, first, always(first))]
    if main is None or main.gain is None:
        share = first.within
        return [
            *figures,
            KeyFigure(
                name=f"Within {NEAR:.0f} degrees",
                value=f"{100 * share.value:.0f}",
                unit="%",
                interval=f"95 % interval: {100 * share.low:.0f} to {100 * share.high:.0f} %",
                meaning=f"Share of test eyes whose estimate is at most {NEAR:.0f} degrees off.",
            ),
            KeyFigure(
                name="Gain over seeing nothing",
                value=f"{first.constant - first.mean.value:.2f}",
                unit="degrees",
                meaning=f"{'Less' if first.constant > first.mean.value else 'No less'} error than always answering the "
                "mean gaze of the training set.",
            ),
        ]
    figures.append(error_figure(compared, main, always(main)))
    return [*figures, gap_figure(main.gap_closed) if main.gap_closed is not None else gain_figure(main.gain)]


def error_figure(compared: Compared, score: Score, meaning: str) -> KeyFigure:
    """The mean error of one set."""
    return KeyFigure(
        name=f"Error, trained on {compared.name(score)}",
        value=f"{score.mean.value:.2f}",
        unit="degrees",
        interval=f"95 % interval: {score.mean.low:.2f} to {score.mean.high:.2f}",
        meaning=meaning,
    )


def always(score: Score) -> str:
    """What an estimator that sees nothing reaches."""
    return f"Always answering the mean gaze of this training set would give {score.constant:.2f} degrees."


def gain_figure(gain: Estimate) -> KeyFigure:
    """The difference of the two errors."""
    says = (
        "No measurable effect: the interval holds 0."
        if gain.low <= 0 <= gain.high
        else f"First error minus second: the second set gives the {'lower' if gain.value > 0 else 'higher'} error."
    )
    return KeyFigure(
        name="Difference",
        value=f"{gain.value:+.2f}",
        unit="degrees",
        interval=f"95 % interval: {gain.low:+.2f} to {gain.high:+.2f}",
        meaning=says,
    )


def gap_figure(closed: Estimate) -> KeyFigure:
    """The share of the gap between the first set and the reference that is closed."""
    says = (
        "No measurable effect: the interval holds 0."
        if closed.low <= 0 <= closed.high
        else "Of the error between the first set and the reference. 100 %: as good as the reference."
    )
    return KeyFigure(
        name="Gap closed",
        value=f"{100 * closed.value:.0f}",
        unit="%",
        interval=f"95 % interval: {100 * closed.low:.0f} to {100 * closed.high:.0f} %",
        meaning=says,
    )


def degrees(estimate: Estimate) -> str:
    """7.81 degrees (95 % interval: 7.60 to 8.02)."""
    return f"{estimate.value:.2f} degrees (95 % interval: {estimate.low:.2f} to {estimate.high:.2f})"


def shown_sets(scores: Sequence[Score], most: int) -> list[Score]:
    """The sets at their largest that a chart has colours for."""
    return [score for score in scores if score.is_largest][:most]
