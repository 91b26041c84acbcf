"""`make bench`: the benchmarks one after the other, but for `ablations` (hours) and `real_gap` (needs real eyes)."""

from __future__ import annotations

from benchmarks import (
    domain_gap,
    evaluation_costs,
    feeding,
    gap,
    precision,
    refining_stream,
    time_to_quality,
    training_step,
)

for benchmark in (refining_stream, feeding, training_step, gap, precision, time_to_quality):
    benchmark.main()
    print()
evaluation_costs.main([])
print()
domain_gap.main([])
