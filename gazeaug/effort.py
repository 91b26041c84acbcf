"""What a result cost: wall time, day, hardware and version; nothing that names a machine or a user."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from gazeaug.provenance import releases

CPU_FACTS = Path("/proc/cpuinfo")


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long something took, when, and on what."""

    date: str
    """UTC, as 2026-11-27."""
    seconds: float
    """Wall time."""
    hardware: str
    """As "Intel(R) Xeon(R) CPU, 2 cores; NVIDIA H100"."""
    version: str
    """Of gazeaug."""

    @property
    def day(self) -> str:
        """27 November 2026."""
        day = date.fromisoformat(self.date)
        return f"{day.day} {day:%B %Y}"

    @property
    def duration(self) -> str:
        """3 min 20 s."""
        whole = round(self.seconds)
        hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
        if hours:
            return f"{hours} h {minutes} min"
        return f"{minutes} min {seconds} s" if minutes else f"{seconds} s" if whole else "less than a second"


def effort_since(began: float, *, gpu: str | None = None, before: float = 0.0) -> Effort:
    """The effort of work that ends now.

    Args:
        began: what `time.monotonic` said at the start, seconds.
        gpu: name of the GPU that computed, where one did.
        before: seconds of earlier parts of the same work, for what was resumed.
    """
    return Effort(
        date=datetime.now(UTC).date().isoformat(),
        seconds=round(before + time.monotonic() - began, 1),
        hardware=hardware(gpu),
        version=releases("gazeaug").get("gazeaug", "not installed"),
    )


def hardware(gpu: str | None = None) -> str:
    """The processor and its cores that this process may use, and the GPU that computes."""
    cores = n_cores()
    return f"{cpu_name()}, {cores} core{'s' if cores > 1 else ''}; {gpu or 'no GPU used'}"


def n_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_name() -> str:
    """What the processor calls itself; its architecture where it does not say."""
    if CPU_FACTS.is_file():
        for line in CPU_FACTS.read_text("utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name" and value.strip():
                return " ".join(value.split())
    return platform.processor() or platform.machine()
