"""`make bench`: every benchmark, one after the other."""

from __future__ import annotations

from benchmarks import gap, throughput

for benchmark in (throughput, gap):
    benchmark.main()
    print()
