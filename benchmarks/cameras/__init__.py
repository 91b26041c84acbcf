"""A bank of simulated cameras, so that a refiner is not judged by the one camera that it was made with.

`python -m benchmarks.cameras --folder WORK`. Every camera photographs the sample renderer's labelled eyes in its own
way, see `benchmarks.cameras.bank`. They are written by what real cameras do, not by what a refiner can draw. The camera
stage that `gazeaug/refiner/camera.py` had when the bank was made draws a slope of light, a blur alike in all
directions, exposure (one gain and level) and grain (white and coarse). What it does not have:

| camera | effects beyond that stage |
|---|---|
| `sample` | none but a faint reflection: the renderer's own camera |
| `infrared` | looks of the eye, a hot spot, dark corners |
| `phone` | blur along a line, tone curve, halos, JPEG |
| `webcam` | smear down the columns, few grey levels, strong JPEG |
| `equalised` | a flat histogram after the noise |
| `glasses` | patches of light, a second picture, bands of rows |
| `denoised` | flat patches between edges, noise gone, halos |
| `bayer` | zippers and fringes of two pixels, another tone of skin and iris in each colour, tone curve |
| `shrunk` | ringing, noise without its fine part |
| `hdr` | contrast of each place, clipping |

Noise that grows with the light is in all but `sample` and `equalised`.
"""
