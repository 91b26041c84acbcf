"""`make bench`: every benchmark, one after the other."""

from __future__ import annotations

from benchmarks import (
    cpu_sessions,
    domain_gap,
    drift_check,
    evaluation_costs,
    feeding,
    gap,
    graph_cost,
    photographs,
    precision,
    preparing,
    refining_stream,
    studio,
    studio_page,
    time_to_quality,
    training_step,
)

for benchmark in (
    refining_stream,
    preparing,
    feeding,
    training_step,
    cpu_sessions,
    graph_cost,
    photographs,
    gap,
    precision,
):
    benchmark.main()
    print()
time_to_quality.main([])
print()
drift_check.main([])
print()
evaluation_costs.main([])
print()
domain_gap.main([])
print()
studio.main([])
print()
studio_page.main()
