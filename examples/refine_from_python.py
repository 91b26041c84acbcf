"""Refine an eye file from Python: python examples/refine_from_python.py unityeyes.h5 refiner.onnx"""

import sys

import gazeaug


def main(source: str, model: str) -> None:
    """Refine, then compare pictures and labels of both files."""
    report = gazeaug.refine(source, model=model)
    with gazeaug.open_eyes(source) as given, gazeaug.open_eyes(report.output) as refined:
        first = slice(0, min(100, given.n_images))
        before = given.read_images(first.start, first.stop).astype(float)
        after = refined.read_images(first.start, first.stop).astype(float)
        print(f"{refined.n_images:,} eyes in {report.output}, labels: {', '.join(refined.labels)}")
        print(f"the first {first.stop} changed by {abs(after - before).mean():.1f} grey levels on average")
        same = given.read_label("look_vec", 0, given.n_images) == refined.read_label("look_vec", 0, given.n_images)
        print(f"look_vec is {'the same in every row' if same.all() else 'NOT the same'}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
