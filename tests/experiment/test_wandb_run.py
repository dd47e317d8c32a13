import socket
import time

import pytest

from artesano.experiment import wandb_run


@pytest.fixture(autouse=True)
def no_key(tmp_path, monkeypatch):
    for name in ("WANDB_API_KEY", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")


def test_without_a_key_the_run_is_offline():
    assert wandb_run.decide("auto") == wandb_run.decide("online") == "offline"


def test_with_a_key_but_no_network_it_is_offline_within_seconds(monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    began = time.monotonic()
    assert wandb_run.decide("auto") == "offline"
    assert time.monotonic() - began < 10


def test_with_a_key_and_a_server_it_is_online(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
        assert wandb_run.decide("auto") == "online"
        monkeypatch.setenv("WANDB_MODE", "disabled")
        assert wandb_run.decide("auto") == "disabled"
        assert wandb_run.decide("online") == "online"


def test_netrc_counts_as_a_key(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login user password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    assert wandb_run.has_key()
