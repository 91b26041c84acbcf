"""The folder of experiments: what command its runs belong to, which of them may be reused, and the results."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gazeaug.errors import InputError
from gazeaug.experiments.questions import Result
from gazeaug.outputs import check_names_free, write_json, writing_to
from gazeaug.units.locks import locked
from gazeaug.wording import differences

JOB, RESULTS, PAGE, LOCK = "job.json", "results.json", "experiments.html", "lock"


@dataclasses.dataclass(frozen=True)
class ExperimentsFolder:
    """A folder with a run in each subfolder.

    Args:
        folder: where it is.
        job: everything that the content of every run depends on, besides the setting that its name tells, as JSON
            gives it back.
    """

    folder: Path
    job: Mapping[str, Any]

    def is_finished(self, which: Sequence[int], *, fresh: bool, overwrite: bool) -> bool:
        """Whether these very experiments are finished here.

        Raises:
            InputError: finished are those of another command, and it says what differs; or a file of other work has
                the name of the page.
        """
        said = read_json(self.folder / RESULTS)
        if not said and not overwrite and not (self.folder / JOB).is_file():
            check_names_free(self.folder, [PAGE])
        if overwrite or not said:
            return False
        earlier = {**said["job"], "--which": sorted(map(int, said["experiments"]))}
        if differing := "; ".join(differences(earlier, {**self.job, "--which": sorted(set(which))})):
            raise InputError(
                f"{self.folder}: holds the finished experiments of another command ({differing}); give --overwrite to "
                "replace them (runs that are the same are reused), or another --output."
            )
        return not fresh

    @contextmanager
    def held(self, names: Sequence[str], *, fresh: bool, overwrite: bool) -> Iterator[None]:
        """Own the folder for the length of a block; runs of another job are deleted where that was asked for.

        Args:
            names: of the runs to come.
            fresh: delete all runs.
            overwrite: delete the runs of another command.

        Raises:
            InputError: another process is at work there, or it holds unfinished runs of another command, or folders
                that no experiment made.
        """
        with writing_to(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / LOCK, self.folder):
            earlier = read_json(self.folder / JOB)
            known = earlier.get("runs", [])
            differing = "; ".join(differences(earlier["job"], self.job)) if earlier else ""
            if differing and not (fresh or overwrite):
                raise InputError(
                    f"{self.folder}: holds runs of another command ({differing}); type that command again, give "
                    "--fresh to delete its runs and start over, or give another --output."
                )
            if fresh or differing:
                self._clear(known)
                known = []
            for name in set(names) - set(known):
                if (self.folder / name).exists():
                    raise InputError(f"{self.folder / name}: exists, and no experiment made it; give another --output.")
            write_json(self.folder / JOB, {"job": self.job, "runs": sorted({*known, *names})})
            yield

    def _clear(self, names: Sequence[str]) -> None:
        for name in names:
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for path in [*self.folder.glob("real-*.h5"), self.folder / RESULTS, self.folder / JOB]:
            path.unlink(missing_ok=True)

    def save(self, found: Mapping[int, Sequence[Result]]) -> None:
        """Write results.json, which says that the experiments are finished.

        Raises:
            RunError: the disk is full or refuses.
        """
        results = {number: [dataclasses.asdict(one) for one in results] for number, results in found.items()}
        write_json(self.folder / RESULTS, {"experiments": results, "job": self.job})

    def load(self) -> dict[int, list[Result]]:
        """Read back what `save` wrote."""
        said = read_json(self.folder / RESULTS)
        return {int(number): [Result(**one) for one in results] for number, results in said["experiments"].items()}


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is no such file."""
    try:
        said: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return said
