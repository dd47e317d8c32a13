"""`configs/wandb_sweep.yaml`: the command lines that W&B's own agent makes of it are runs of ours."""

import itertools
import os
from types import SimpleNamespace

import pytest
from wandb import wandb_agent
from wandb.sdk.launch.sweeps.utils import load_sweep_config

from artesano.cli import main
from artesano.config import search_path
from artesano.config.compose import compose
from artesano.config.options import Monitor
from artesano.kinds.registry import options_of

TINY = ["backbone=test_resnet", "weights.source=none", "image_size=32"]


@pytest.fixture
def sweep():
    return load_sweep_config(str(search_path.shipped() / "wandb_sweep.yaml"))


@pytest.fixture
def started(sweep, tmp_path, monkeypatch):
    """`started({"seed": 1})`: the command and the environment of the process that the agent would start."""
    monkeypatch.chdir(tmp_path)
    for name in ("WANDB_DIR", "WANDB_RUN_ID", "WANDB_SWEEP_ID", "WANDB_SWEEP_PARAM_PATH"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(wandb_agent, "AgentProcess", SimpleNamespace)
    agent = wandb_agent.Agent.__new__(wandb_agent.Agent)  # the real one asks the server who it is
    agent._sweep_command, agent._run_processes = sweep["command"], {}
    agent._function, agent._in_jupyter, agent._forward_signals = None, False, False

    def start(values):
        args = {name: {"value": value} for name, value in values.items()}
        agent._command_run({"run_id": "agents1d", "program": sweep["program"], "args": args})
        process = agent._run_processes["agents1d"]
        return process.command, process.env

    return start


def searched(parameters):
    """All choices with each other, and both ends of ranges."""
    lists = {name: node["values"] for name, node in parameters.items() if "values" in node}
    for place, values in enumerate(itertools.product(*lists.values())):
        ends = {name: node[("min", "max")[place % 2]] for name, node in parameters.items() if name not in lists}
        yield dict(zip(lists, values, strict=True)) | ends


def test_every_command_of_the_agent_is_a_run_that_has_the_metric(sweep, started):
    for values in searched(sweep["parameters"]):
        (env, program, *words), environment = started(values)
        assert (env, program, words[0]) == ("/usr/bin/env", "artesano", "train")
        assert environment["WANDB_RUN_ID"] == "agents1d"
        composed = compose(words[1:])
        options = options_of(composed.resolved)
        assert composed.choices["strategy"] == values["strategy"]
        assert options.optimizer["lr"] == values["optimizer.lr"]
        assert options.label_smoothing == values["label_smoothing"]
        assert options.monitor == Monitor(sweep["metric"]["name"], "max")


def test_a_dry_run_as_the_agent_would_start_it(sweep, started, capsys):
    (_, _, *words), _ = started(list(searched(sweep["parameters"]))[-1])
    assert main([*words, *TINY, "dry_run=true"]) == 0
    assert "label_smoothing: 0.1" in capsys.readouterr().out
    assert not os.path.exists("outputs")
