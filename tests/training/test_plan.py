"""The plan of a run: it opens each set once, writes nothing, and knows what is resumed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gazeaug.eyefile import reader
from gazeaug.training.loop import train
from gazeaug.training.plan import plan_training
from gazeaug.training.state import build_state
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def pair(tmp_path: Path) -> dict[str, str]:
    return {name: str(write_eyes(tmp_path / f"{name}.h5", 40, seed=i)) for i, name in enumerate(("synthetic", "real"))}


def test_a_plan_writes_nothing_and_holds_rows_out(tmp_path, pair):
    plan = plan_training(run_dir=tmp_path / "run", **pair, **TINY, steps=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.h5", "synthetic.h5"]
    assert (plan.config.steps, plan.checkpoint, plan.facts, plan.in_bf16) == (3, None, None, False)
    assert len(plan.held_out_rows) == 8
    np.testing.assert_array_equal(np.sort(np.concatenate([plan.trained_rows, plan.held_out_rows])), np.arange(40))


def test_a_run_opens_each_set_once(tmp_path, pair, monkeypatch):
    opened, original = [], reader.open_hdf5
    monkeypatch.setattr(
        reader, "open_hdf5", lambda path, *a, **k: [opened.append(path.name), original(path, *a, **k)][1]
    )
    train(**pair, **TINY, steps=2, checkpoint_interval=1, run_dir=tmp_path / "run")
    assert sorted(opened) == ["real.h5", "synthetic.h5"]


def test_a_run_is_resumed_from_its_newest_checkpoint_or_from_the_start(tmp_path, pair):
    run = train(**pair, **TINY, steps=2, run_dir=tmp_path / "run")
    plan = plan_training(resume=run, steps=5)
    assert (plan.run, plan.config.steps) == (run, 5)
    assert plan.checkpoint == run / "checkpoint-0000002.safetensors"
    assert plan.facts is not None
    assert plan.facts.keys() == {"domains", "provenance"}
    (run / "state.json").unlink()
    assert plan_training(resume=run).checkpoint is None


def test_an_update_in_bf16_sees_the_weights_of_the_one_before(tmp_path, pair):
    """A step's updates share one autocast block, whose cache of cast weights would otherwise outlive an update."""
    state = build_state(plan_training(run_dir=tmp_path / "run", **pair, **{**TINY, "precision": "bf16", "k_g": 2}))
    given = state.synthetic.draw()
    with state.plan.autocast():
        before = state.discriminator(given)
        with torch.no_grad():
            for weights in state.discriminator.parameters():
                weights.mul_(2)
        assert not torch.equal(state.discriminator(given), before)
