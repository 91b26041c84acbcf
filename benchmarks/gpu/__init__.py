"""What a GPU does with the refiner, in ten minutes: `bash benchmarks/gpu/run.sh [SECTION...]`.

Each section is a process with a limit of its own, the most important ones first. docs/performance.md says how to run
it.
"""
