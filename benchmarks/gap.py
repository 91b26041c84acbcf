"""The gap between the two sample domains, measured by what a gaze estimator learns in one and does in the other."""

from __future__ import annotations

from gazeaug.estimators.small_cnn import mean_angular_error, train_gaze_cnn
from gazeaug.samples.renderer import DOMAINS, render_eyes

N_TRAIN, N_TEST = 10_000, 5_000


def main() -> None:
    """Print the table: trained on a row's domain, tested on a column's."""
    tests = {domain: render_eyes(N_TEST, domain=domain, seed=1) for domain in DOMAINS}
    print(f"mean angular error in degrees, {N_TRAIN:,} eyes to train, {N_TEST:,} others to test")
    print(f"| trained on | {' | '.join(f'tested on {domain}' for domain in DOMAINS)} |\n|---|---|---|")
    on_camera = {}
    for domain in DOMAINS:
        eyes = render_eyes(N_TRAIN, domain=domain, seed=0)
        model = train_gaze_cnn(eyes.images, eyes.look_vec)
        errors = {name: mean_angular_error(model, test.images, test.look_vec) for name, test in tests.items()}
        on_camera[domain] = errors["camera"]
        print(f"| {domain} | {' | '.join(f'{error:.2f}' for error in errors.values())} |", flush=True)
    print(f"ratio on camera eyes: {on_camera['synthetic'] / on_camera['camera']:.2f}")


if __name__ == "__main__":
    main()
