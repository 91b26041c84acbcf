"""Read eyes as a Hugging Face dataset (pip install datasets): python examples/read_with_hugging_face.py FILE"""

import sys
from pathlib import Path

import datasets
import numpy as np
import torch
from torch.utils.data import DataLoader

import gazeaug


def main(path: str) -> None:
    """Convert to Parquet, whose pictures `datasets` decodes itself, and read batches of it."""
    output = Path(path).with_suffix(".parquet")
    gazeaug.convert(path, output, to="parquet", overwrite=True)
    # push_to_hub would share it just as it is.
    eyes = datasets.Dataset.from_parquet(str(output), cache_dir=str(output.with_suffix(".cache")))

    def as_tensors(rows: dict[str, list[object]]) -> dict[str, list[torch.Tensor]]:
        pictures = [torch.from_numpy(np.array(picture)) for picture in rows["image"]]
        return {"image": pictures, "gaze": [torch.tensor(angles) for angles in rows["gaze_pitchyaw"]]}

    batch = next(iter(DataLoader(eyes.with_transform(as_tensors), batch_size=16, shuffle=True)))
    print(f"{len(eyes):,} eyes; a batch: {tuple(batch['image'].shape)} pictures, {tuple(batch['gaze'].shape)} angles")


if __name__ == "__main__":
    main(sys.argv[1])
