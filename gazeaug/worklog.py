"""The folder of unfinished work beside an output: what the job is, whose it is, and which units are done."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from gazeaug.errors import InputError
from gazeaug.outputs import write_json, writing_to

SUFFIX = ".parts"
HEAD_BYTES = 1 << 16


class Worklog:
    """`<output>.parts/`: job.json, a lock, and one shard a finished unit.

    Args:
        output: the file that the work is for.
        job: everything that the output's content depends on; work goes on only while it is the same.
    """

    def __init__(self, output: Path, job: Mapping[str, Any]) -> None:
        self.output = output
        self.job = dict(job)
        self.folder = output.with_name(output.name + SUFFIX)
        self.run_id = ""

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
    def held(self, *, fresh: bool) -> Iterator[Path]:
        """Own the folder for the length of a block, made or gone on with; no other process may.

        Raises:
            InputError: another process is at work on this output.
        """
        with writing_to(self.output):
            self.folder.mkdir(exist_ok=True)
        lock = FileLock(self.folder / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise InputError(f"{self.output}: another process is refining into it; wait for it or stop it.") from None
        try:
            self._begin(fresh=fresh)
            yield self.folder
        finally:
            lock.release()

    def _begin(self, *, fresh: bool) -> None:
        if self.check(fresh=fresh):
            earlier = self._earlier()
            self.run_id = str(earlier["run_id"]) if earlier else ""
            return
        for shard in self.folder.glob("unit-*"):
            shard.unlink()
        self.run_id = uuid.uuid4().hex
        write_json(self._record, {"run_id": self.run_id, "job": self.job})

    def finished_as(self, run_id: str | None) -> bool:
        """Whether an output with this run id is this folder's finished work, killed just before the tidying-up."""
        earlier = self._earlier()
        return earlier is not None and run_id is not None and earlier["run_id"] == run_id

    def remove(self) -> None:
        """Delete the folder; the record goes last, so that a kill in between leaves work that is known as finished."""
        for file in [*self.folder.glob("unit-*"), self.folder / "lock", self._record]:
            file.unlink(missing_ok=True)
        shutil.rmtree(self.folder)


def identify_file(path: Path) -> dict[str, Any]:
    """Name, size, time of change and SHA-256 of the first 64 KiB: enough to notice that a file is another one."""
    status = path.stat()
    with path.open("rb") as stream:
        head = hashlib.sha256(stream.read(HEAD_BYTES)).hexdigest()
    return {"name": path.name, "bytes": status.st_size, "mtime_ns": status.st_mtime_ns, "head_sha256": head}
