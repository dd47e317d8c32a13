"""One thread, no network, nothing outside a temporary folder: set before torch is imported."""

import os
import tempfile

_scratch = tempfile.mkdtemp(prefix="artesano-tests-")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each of the tests' processes would compile all sources again
os.environ.update(
    OMP_NUM_THREADS="1",
    OMP_WAIT_POLICY="PASSIVE",
    WANDB_MODE="offline",
    HF_HUB_OFFLINE="1",
    TORCH_HOME=_scratch,
    ARTESANO_TESTS=_scratch,
    ARTESANO_CACHE=os.path.join(_scratch, "cache"),
    ARTESANO_OUTPUTS=os.path.join(_scratch, "outputs"),
    CUDA_VISIBLE_DEVICES="",
    MPLBACKEND="Agg",
    # the server of the tests' processes imports tests/fork_server.py
    PYTHONPATH=os.pathsep.join(filter(None, [os.path.dirname(__file__), os.environ.get("PYTHONPATH")])),
)

import pytest  # noqa: E402
import torch  # noqa: E402

import shortcuts  # noqa: E402
from artesano.experiment import start  # noqa: E402

torch.set_num_threads(1)
start.SERVER = "fork_server"


@pytest.fixture(autouse=True)
def environment():
    """No test leaves variables behind: libraries set threads and addresses, which later processes would inherit."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def ink():
    """Diagrams are drawn."""
    with shortcuts.ink():
        yield


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "outputs"))
    return tmp_path / "outputs"
