"""Refining on a Ray cluster: actors take units of work, read their own rows and write shards to shared storage.

No pixel passes through Ray. An actor that dies is replaced and its unit done again; a unit that kills every actor it
is given to ends the run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from gazeaug.errors import GazeaugError, InputError, RunError
from gazeaug.refining.plan import RefinePlan
from gazeaug.refining.stream import RefiningStream
from gazeaug.runtime.opening import CUDA
from gazeaug.units.ranges import Unit

MOST_TRIES = 3  # actors that one unit may lose


class RefineWorker:
    """What an actor holds: the plan, whose session was opened again on the actor's machine, and its stream."""

    def __init__(self, plan: RefinePlan) -> None:
        self.plan = plan
        self._opened = ExitStack()
        self._stream: RefiningStream | None = None

    def refine(self, unit: Unit) -> int:
        """Refine one unit into its shard; its rows. The stream is opened for the first one and kept."""
        try:
            if self._stream is None:
                rows = self._opened.enter_context(self.plan.open_rows())
                self._stream = self._opened.enter_context(RefiningStream(self.plan, rows))
            self._stream.refine([unit], lambda _: None)
        except BaseException:
            self.close()
            raise
        return unit.stop - unit.start

    def close(self) -> None:
        """Let go of the input and the lanes; another unit would open them again."""
        self._stream = None
        self._opened.close()


def refine_on_ray(plan: RefinePlan, units: Sequence[Unit], progress: Callable[[int], object]) -> None:
    """Refine units on a cluster, `config.workers` at a time.

    Args:
        plan: of the job; every machine must see its inputs, its model and the folder of its output under the same path.
        units: those that are left.
        progress: called with the rows of every finished unit.

    Raises:
        InputError: Ray is not installed or not to be reached.
        RunError: a unit lost `MOST_TRIES` actors.
        GazeaugError: what went wrong in an actor.
    """
    ray = import_ray()
    connect(ray, plan.config.ray_address)
    try:
        threads = plan.config.threads or 1
        resources = {"num_cpus": threads, "num_gpus": 1 if plan.session.provider == CUDA else 0}
        actor_class = ray.remote(**resources)(RefineWorker)
        portable = replace(
            plan,
            config=replace(plan.config, threads=threads),
            sources=[path.resolve() for path in plan.sources],
            output=plan.output.resolve(),
        )
        Crew(ray, lambda: actor_class.remote(portable)).work(units, plan.log.folder, plan.config.workers, progress)
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
        self._ray.wait([actor.close.remote() for actor in idle], num_returns=len(idle))


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
