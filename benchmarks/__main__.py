"""`make bench`: every benchmark, one after the other."""

from __future__ import annotations

from benchmarks import feeding, gap, photographs, precision, refining_stream, time_to_quality, training_step

for benchmark in (refining_stream, feeding, photographs, training_step, gap, precision, time_to_quality):
    benchmark.main()
    print()
