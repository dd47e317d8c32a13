import json
import socket
import subprocess
import sys
import time

import pytest
import wandb

from artesano.experiment import wandb_run
from artesano.experiment.wandb_run import WandbOptions
from artesano.runs import record


@pytest.fixture(autouse=True)
def no_key(tmp_path, monkeypatch):
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_RUN_GROUP", "WANDB_TAGS"):
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


def known(**wandb):
    made = record.new(
        name="little-0003",
        task="transfer",
        seed=0,
        overrides=[],
        choices={"strategy": "full", "data": "mnist5k", "optimizer@optimizer.generator": "adam"},
        config={},
    )
    made["wandb"] |= wandb
    return made


def test_group_and_tags_are_the_users_then_the_runs_then_the_sweeps(monkeypatch):
    assert wandb_run.place(WandbOptions(), known()) == {"group": None, "tags": ["full", "mnist5k"]}
    for name, value in wandb_run.grouped("lr", "sweep").items():
        monkeypatch.setenv(name, value)
    assert wandb_run.place(WandbOptions(), known()) == {"group": "lr", "tags": ["sweep", "full", "mnist5k"]}
    before = {"group": "older", "tags": ["was"]}
    assert wandb_run.place(WandbOptions(), known(**before)) == before
    own = {"group": "mine", "tags": ["a"]}
    assert wandb_run.place(WandbOptions(**own), known(**before)) == own
    assert wandb_run.grouped("other") == wandb_run.grouped("lr", "sweep")  # what the user has set there stays


def test_seeds_of_one_config_share_a_mark_and_no_others():
    config = {"seed": 0, "name": None, "optimizer": {"lr": 1}, "trainer": {"devices": 1}}

    def mark(**changes):
        return wandb_run.described(config | changes, {})["same_but_seed"]

    assert mark() == mark(seed=1, name="other", trainer={"devices": 2})
    assert mark() != mark(optimizer={"lr": 2})


def test_what_an_offline_run_tells_wandb(tmp_path, monkeypatch):
    """Under `wandb agent` the run has the agent's id; its choices can be columns, whatever dots their groups have."""
    for name, value in {"WANDB_RUN_ID": "agents1d", "WANDB_SWEEP_ID": "sw33p", "WANDB_RUN_GROUP": "g"}.items():
        monkeypatch.setenv(name, value)
    wandb.teardown()  # what it has read of the environment before
    folder = tmp_path / "0003"
    folder.mkdir()
    logger, field = wandb_run.start(WandbOptions(mode="offline"), folder, known(), {"seed": 5, "a": {"b": 1}})
    logger.log_metrics({"val/accuracy": 0.5}, 7)
    wandb_run.finish(0)
    assert (field["id"], field["mode"], field["group"]) == ("agents1d", "offline", "g")
    words = [sys.executable, "-m", "wandb", "leet", "inspect", field["sync"].removeprefix("wandb sync "), "--json"]
    printed = subprocess.run(words, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in printed.stdout.splitlines()]
    run = next(line["run"] for line in lines if line["type"] == "run")
    assert (run["run_id"], run["run_group"], run["job_type"]) == ("agents1d", "g", "transfer")
    assert (run["display_name"], run["tags"], run["sweep_id"]) == ("little-0003", ["full", "mnist5k"], "sw33p")
    config = run["config"]["update"]
    assert (config["seed"], config["a"]) == (5, {"b": 1})
    assert config["choices"] == {"strategy": "full", "data": "mnist5k", "optimizer@optimizer_generator": "adam"}
    row = next(line["history"]["item"] for line in lines if line["type"] == "history")
    assert (row["trainer/global_step"], row["val/accuracy"]) == (7, 0.5)
    wandb.teardown()
