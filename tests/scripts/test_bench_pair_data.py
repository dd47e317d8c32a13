"""What the benchmark of the data path compares does the same work: equal shapes, equal ranges."""

from itertools import islice
from pathlib import Path

import pytest
import torch

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.mark.parametrize("task", ["sr", "pairs"])
def test_all_make_batches_of_the_same_kind(task, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import bench_pair_data as bench

    monkeypatch.setattr(bench, "WORKERS", 0)
    monkeypatch.setattr(bench, "BATCH", 4)
    bench.drawn_images(task, tmp_path / "images", 24)
    loader = torch.utils.data.DataLoader(bench.Plain(task, tmp_path / "images"), 4)
    kinds = [loader, bench.stream(task, tmp_path / "images"), bench.memory(task, tmp_path / "images")]
    plain, *ours = (next(iter(islice(kind, 1))) for kind in kinds)
    side, small = bench.CROP[task], bench.CROP[task] // (bench.SCALE if task == "sr" else 1)
    for source, target, *_ in (plain, *ours):
        assert (source.shape, target.shape) == ((4, 3, small, small), (4, 3, side, side))
        assert source.dtype == target.dtype == torch.float32
        assert -1 <= float(target.min()) < float(target.max()) <= 1
    torch.testing.assert_close(ours[0].target, ours[1].target, rtol=0, atol=0)
