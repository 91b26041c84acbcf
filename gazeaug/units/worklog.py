"""The folder of unfinished work beside an output: what the job is, whose it is, and which units are done."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import h5py
from filelock import BaseFileLock

from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.outputs import beside, write_json, writing_to
from gazeaug.units.locks import HELD, locked

SUFFIX, SHARDS_SUFFIX = ".parts", ".shards"
RUN = "gazeaug_run"  # attribute of an output: which work it came from
HEAD_BYTES = 1 << 16
WHOLE = "lock"  # a process that does all units; one with a share of them holds lock-0, lock-1 ...
SHARE_WAIT_S = 30.0  # while another share writes job.json


class Worklog:
    """`<output>.parts/`: job.json, a lock a process, and what is done: rows in place, or one shard a finished unit.

    Args:
        output: the file that the work is for.
        job: everything that the output's content depends on; work goes on only while it is the same.
    """

    def __init__(self, output: Path, job: Mapping[str, Any]) -> None:
        self.output = output
        self.job = dict(job)
        self.folder = beside(output, SUFFIX)
        self.run_id = ""

    @classmethod
    def of(cls, output: Path) -> Worklog:
        """The work that is there for an output.

        Raises:
            InputError: there is none.
        """
        log = cls(output, {})
        earlier = log._earlier()
        if earlier is None:
            raise InputError(f"{log.folder}: holds no unfinished work; give the output of a refine-dataset command.")
        log.job = earlier["job"]
        return log

    @property
    def _record(self) -> Path:
        return self.folder / "job.json"

    def check(self, *, fresh: bool) -> bool:
        """Whether there is work to go on with.

        Raises:
            InputError: the work there is another job's; it says what changed.
        """
        earlier = self._earlier()
        if fresh or earlier is None:
            return False
        changed = [
            f"{key} was {earlier['job'].get(key)}, is {self.job.get(key)}"
            for key in sorted(earlier["job"].keys() | self.job.keys())
            if earlier["job"].get(key) != self.job.get(key)
        ]
        if changed:
            raise InputError(
                f"{self.folder}: holds unfinished work of another job ({'; '.join(changed)}); "
                "type that job's command again, or give --fresh to start over."
            )
        return True

    def _earlier(self) -> dict[str, Any] | None:
        try:
            earlier: dict[str, Any] = json.loads(self._record.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return earlier

    @contextmanager
    def held(self, *, fresh: bool, share: int | None = None) -> Iterator[Path]:
        """Own the folder for the length of a block, made or gone on with; no other process may.

        Args:
            fresh: throw away what is there.
            share: own only this share of the units, beside processes that own others.

        Raises:
            InputError: another process is at work on this output, or on this share of it.
        """
        with writing_to(self.output):
            self.folder.mkdir(exist_ok=True)
        with ExitStack() as locks:
            whole = locks.enter_context(self._locked(WHOLE, wait_s=0 if share is None else SHARE_WAIT_S))
            if share is None:
                for name in sorted({path.name.removesuffix(HELD) for path in self.folder.glob(f"{WHOLE}-*")}):
                    locks.enter_context(self._locked(name))
            else:
                locks.enter_context(self._locked(f"{WHOLE}-{share}"))
            self._begin(fresh=fresh)
            if share is not None:
                whole.release()  # for the other shares
            yield self.folder

    def _locked(self, name: str, *, wait_s: float = 0) -> AbstractContextManager[BaseFileLock]:
        return locked(self.folder / name, self.output, wait_s=wait_s)

    def _begin(self, *, fresh: bool) -> None:
        if self.check(fresh=fresh):
            earlier = self._earlier()
            self.run_id = str(earlier["run_id"]) if earlier else ""
            return
        for file in self._work():
            file.unlink()
        self.run_id = uuid.uuid4().hex
        write_json(self._record, {"run_id": self.run_id, "job": self.job})

    def _work(self) -> list[Path]:
        return [file for file in self.folder.iterdir() if not file.name.startswith((WHOLE, self._record.name))]

    def is_untidied(self) -> bool:
        """Whether the output is there and whole, and only this folder was left when the run was killed."""
        if not (self.folder.is_dir() and self.output.is_file() and h5py.is_hdf5(self.output)):
            return False
        earlier = self._earlier()
        with open_hdf5(self.output) as file:
            return earlier is not None and file.attrs.get(RUN) == earlier["run_id"]

    @property
    def shards_folder(self) -> Path:
        """Where the shards of a sharded output stay: `<output>.shards/`."""
        return beside(self.output, SHARDS_SUFFIX)

    def keep_shards(self) -> None:
        """Turn the folder of work into that of a finished, sharded output."""
        shutil.rmtree(self.shards_folder, ignore_errors=True)
        self.folder.rename(self.shards_folder)
        for file in [*self.shards_folder.glob(f"{WHOLE}*"), self.shards_folder / self._record.name]:
            file.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the folder; the record goes last, so that a kill in between leaves work that is known as finished."""
        for file in [*self._work(), *self.folder.glob(f"{WHOLE}*"), self._record]:
            file.unlink(missing_ok=True)
        shutil.rmtree(self.folder)


def identify_file(path: Path) -> dict[str, Any]:
    """Name, size, time of change and SHA-256 of the first 64 KiB: enough to notice that a file is another one."""
    status = path.stat()
    with path.open("rb") as stream:
        head = hashlib.sha256(stream.read(HEAD_BYTES)).hexdigest()
    return {"name": path.name, "bytes": status.st_size, "mtime_ns": status.st_mtime_ns, "head_sha256": head}
