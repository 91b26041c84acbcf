"""What refining is worth on real eyes of persons never seen, for three public sets: `python -m benchmarks.real_gap`."""
