"""A training that is checked and not begun: what its plan says, and what speaks against its two sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gazeaug.runs.diagnosis import Finding, describe, diagnose_domains
from gazeaug.runs.validation import Validation
from gazeaug.training.memory import memory_explained
from gazeaug.training.plan import TrainingPlan
from gazeaug.training.state import domains_of, measured_sets


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """What a training would be."""

    run: str
    """Its folder."""
    recipe: str
    steps: int
    batch_size: int
    device: str
    precision: str
    height: int
    width: int
    channels: int
    n_trained: int
    """Real pictures that the discriminator learns from."""
    n_held_out: int
    """Real pictures that it never sees."""
    resumed_from: str | None
    """Name of the checkpoint; None where training starts at the beginning."""
    sets: list[str]
    """A line for each set."""
    remarks: list[str]
    findings: list[Finding]
    """What speaks against the pair."""

    def lines(self) -> Iterator[str]:
        """Sentences without their full stops, those that `train` says first."""
        yield from self.sets
        yield from self.remarks
        yield from map(str, self.findings)
        size = f"{self.height} x {self.width} pixels, {self.channels} channel{'s' if self.channels > 1 else ''}"
        yield f"pictures: {size}; {self.n_trained:,} real ones to train with, {self.n_held_out:,} held out"
        yield (
            f"training: recipe {self.recipe}, {self.steps:,} steps, batches of {self.batch_size} on {self.device} in "
            f"{self.precision}, {'from its beginning' if self.resumed_from is None else f'from {self.resumed_from}'}"
        )
        yield f"dry run: this can be trained in {self.run}; nothing was written"


def dry_run(plan: TrainingPlan) -> DryRun:
    """Measure the two sets of a plan as a training does before its first step; writes nothing, trains nothing."""
    with memory_explained(plan):
        domains = (
            domains_of(plan, Validation(*measured_sets(plan)))
            if plan.facts is None
            else plan.facts.get("domains", {})  # measured when the run began
        )
    config = plan.config
    height, width, *_ = plan.synthetic.image_shape
    return DryRun(
        run=str(plan.run),
        recipe=config.recipe,
        steps=config.steps,
        batch_size=config.batch_size,
        device=str(plan.team.device),
        precision="bf16" if plan.in_bf16 else "fp32",
        height=height,
        width=width,
        channels=plan.synthetic.channels,
        n_trained=len(plan.trained_rows),
        n_held_out=len(plan.held_out_rows),
        resumed_from=None if plan.checkpoint is None else plan.checkpoint.name,
        sets=list(describe(domains)) if domains else [],
        remarks=list(plan.remarks),
        findings=list(diagnose_domains(domains)),
    )
