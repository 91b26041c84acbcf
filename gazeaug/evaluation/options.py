"""Options of evaluation: what is compared. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from annotated_doc import Doc
from annotated_types import Ge

from gazeaug.errors import InputError
from gazeaug.options import DATA, SCHEDULE, Force, Fresh, Options, Overwrite, Shown


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig(Options):
    """What is compared, and how."""

    train: Annotated[
        Sequence[str],
        DATA,
        Doc("Labelled eyes to train on; repeat it for several sets, the synthetic one first."),
        Shown(metavar="FILE"),
    ]
    test: Annotated[str, DATA, Doc("Labelled real eyes to test on."), Shown(metavar="FILE")]
    reference: Annotated[
        str | None,
        DATA,
        Doc("Labelled real eyes to train on, as the best that can be reached (for the gap closed)."),
        Shown(metavar="FILE", unset="none"),
    ] = None
    group: Annotated[
        str | None, DATA, Doc("Label that names the person of each row."), Shown(metavar="LABEL", unset="none")
    ] = None
    leave_one_out: Annotated[
        bool, DATA, Doc("Reference: for each person of the test set, estimators trained on its other persons.")
    ] = False
    head_pose: Annotated[
        str | None,
        DATA,
        Doc("Label with the head pose, which estimators get beside the picture."),
        Shown(metavar="LABEL", unset="none"),
    ] = None
    subset: Annotated[
        Sequence[int | None],
        SCHEDULE,
        Doc("Sizes of the training sets to compare, such as 1000,10000,all."),
        Shown(metavar="N,...", unset="all"),
    ] = (None,)
    force: Force = False
    seeds: Annotated[int, Ge(1), SCHEDULE, Doc("Seeds: number of estimators trained on each set.")] = 3
    overwrite: Overwrite = False
    fresh: Fresh = False

    def __post_init__(self) -> None:
        """Refuse values out of range, naming the option."""
        if not self.train:
            raise InputError("--train must name at least one file.")
        super().__post_init__()
        if not self.subset or any(size is not None and size < 2 for size in self.subset):
            raise InputError("--subset must be sizes of at least 2, or all, with commas between.")
        if self.leave_one_out and (self.group is None or self.reference is not None):
            raise InputError("--leave-one-out needs --group and takes the place of --reference.")
