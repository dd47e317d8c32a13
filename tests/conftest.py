"""One thread, no network, caches in a temporary folder: set before torch is imported."""

import os
import tempfile

_scratch = tempfile.mkdtemp(prefix="artesano-tests-")
os.environ.update(
    OMP_NUM_THREADS="1",
    WANDB_MODE="offline",
    HF_HUB_OFFLINE="1",
    TORCH_HOME=_scratch,
    ARTESANO_CACHE=os.path.join(_scratch, "cache"),
    CUDA_VISIBLE_DEVICES="",
    MPLBACKEND="Agg",
)

import artesano  # noqa: E402, F401, I001 - sets how OpenMP's threads wait, before torch is imported
import pytest  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def environment():
    """No test leaves variables behind: libraries set threads and addresses, which later processes would inherit."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
