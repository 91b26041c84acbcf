"""Refining on a Ray cluster: actors take units of work, read their own rows and write shards to shared storage.

No pixel passes through Ray. An actor that dies is replaced and its unit done again; a unit that kills every actor it
is given to ends the run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazeaug.errors import GazeaugError, InputError, RunError
from gazeaug.refining.config import RefineConfig
from gazeaug.runtime.opening import CUDA
from gazeaug.units.ranges import Unit

if TYPE_CHECKING:
    from gazeaug.refining.job import RefineJob

MOST_TRIES = 3  # actors that one unit may lose


class RefineWorker:
    """What an actor holds: the job, checked again on its own machine, with its own session."""

    def __init__(self, sources: Sequence[Path], config: RefineConfig) -> None:
        from gazeaug.refining.job import RefineJob

        # The driver has checked output and disk and holds the lock; shards of the work there are none of our business.
        self.job = RefineJob(sources, replace(config, threads=config.threads or 1, overwrite=True, fresh=True))

    def refine(self, unit: Unit) -> int:
        """Refine one unit into its shard; its rows."""
        with self.job.open_rows() as eyes:
            self.job.refine_units([unit], eyes, lambda _: None)
        return unit.stop - unit.start


def refine_on_ray(job: RefineJob, units: Sequence[Unit], folder: Path, progress: Callable[[int], object]) -> None:
    """Refine units on a cluster, `config.workers` at a time.

    Args:
        job: what is refined.
        units: those that are left.
        folder: where shards go; every machine must see it, and the inputs and the model, under the same path.
        progress: called with the rows of every finished unit.

    Raises:
        InputError: Ray is not installed or not to be reached.
        RunError: a unit lost `MOST_TRIES` actors.
        GazeaugError: what went wrong in an actor.
    """
    ray = import_ray()
    connect(ray, job.config.ray_address)
    try:
        resources = {"num_cpus": job.config.threads or 1, "num_gpus": 1 if job.session.provider == CUDA else 0}
        actor_class = ray.remote(**resources)(RefineWorker)
        sources = [path.resolve() for path in job.sources]
        config = replace(job.config, model=job.session.model.resolve(), output=job.output.resolve(), output_dir=None)
        Crew(ray, lambda: actor_class.remote(sources, config)).work(
            units, folder.resolve(), job.config.workers, progress
        )
    finally:
        ray.shutdown()


class Crew:
    """Actors at work; whoever dies is replaced."""

    def __init__(self, ray: Any, hire: Callable[[], Any]) -> None:
        self._ray, self._hire = ray, hire

    def work(self, units: Sequence[Unit], folder: Path, n_workers: int, progress: Callable[[int], object]) -> None:
        """Give every unit to an actor until all are done."""
        waiting, tries = list(reversed(units)), dict.fromkeys((unit.index for unit in units), 0)
        idle = [self._hire() for _ in range(min(n_workers, len(units)))]
        at_work: dict[Any, tuple[Any, Unit]] = {}
        while waiting or at_work:
            while idle and waiting:
                actor, unit = idle.pop(), waiting.pop()
                at_work[actor.refine.remote(unit)] = (actor, unit)
            finished, _ = self._ray.wait(list(at_work))
            for result in finished:
                actor, unit = at_work.pop(result)
                try:
                    progress(self._ray.get(result))
                except self._ray.exceptions.RayTaskError as error:
                    raise as_ours(error) from error
                except self._ray.exceptions.RayActorError as error:
                    tries[unit.index] += 1
                    if tries[unit.index] == MOST_TRIES:
                        raise RunError(f"{folder}: unit {unit.index} lost {MOST_TRIES} workers: {error}") from error
                    waiting.append(unit)
                    actor = self._hire()
                idle.append(actor)


def as_ours(error: Any) -> Exception:
    """What went wrong in an actor: our own sentence where it was one."""
    cause = error.cause
    return cause if isinstance(cause, GazeaugError) else RunError(f"a Ray worker failed: {cause!r}")


def import_ray() -> Any:
    """The package, with its reports to its makers turned off."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise InputError("--engine ray needs Ray: pip install 'gazeaug[ray]'.") from None
    return ray


def connect(ray: Any, address: str | None) -> None:
    """Join a cluster, or start one on this machine.

    Raises:
        InputError: no cluster answers at the address.
    """
    try:
        ray.init(
            address=address, include_dashboard=False if address is None else None, log_to_driver=False, logging_level=40
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise InputError(f"--ray-address {address}: no Ray cluster answers there ({error}).") from error
