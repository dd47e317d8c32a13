import pytest

from artesano.config.compose import compose
from artesano.errors import BadInput
from artesano.experiment.grids import check, expand, grid_name, is_grid, launch
from artesano.experiment.launcher import Launcher
from artesano.runs import record
from artesano.runs.folder import new_run_folder

pytestmark = pytest.mark.e2e

GRID = """# @package _global_
defaults: [override /strategy: partial, _self_]
hydra: {mode: MULTIRUN, sweeper: {params: {strategy.groups: "1,2", seed: "range(0,3)"}}}
"""


@pytest.fixture
def grid(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs" / "experiment").mkdir(parents=True)
    (tmp_path / "configs" / "experiment" / "grid.yaml").write_text(GRID)


def test_the_product_in_hydras_order():
    assert expand(["-m", "seed=0,1", "strategy=freeze,partial", "max_epochs=2"]) == [
        ["seed=0", "strategy=freeze", "max_epochs=2"],
        ["seed=0", "strategy=partial", "max_epochs=2"],
        ["seed=1", "strategy=freeze", "max_epochs=2"],
        ["seed=1", "strategy=partial", "max_epochs=2"],
    ]


def test_every_way_to_list_values():
    assert expand(["seed=range(0,3)"]) == [["seed=0"], ["seed=1"], ["seed=2"]]
    assert expand(["+optimizer.eps=choice(1e-8,1e-6)"]) == [["+optimizer.eps=1e-08"], ["+optimizer.eps=1e-06"]]
    assert expand(["logger.wandb.tags=[a,b],[c]"]) == [["logger.wandb.tags=[a,b]"], ["logger.wandb.tags=[c]"]]
    engines = ("cpu", "ddp", "fsdp", "gpu", "mps")
    assert expand(["trainer=glob(*p*)"]) == [[f"trainer={engine}"] for engine in engines]
    assert expand(["seed=3"]) == [["seed=3"]]


def test_paths_are_swept_only_by_choice(tmp_path):
    assert expand(["data=folder", "data.root=/a,b"]) == [["data=folder", "data.root=/a,b"]]
    assert expand(["data.root=choice(/a (1), /b = c)"]) == [["data.root=/a (1)"], ["data.root=/b = c"]]
    job = expand(["data=folder", "data.root=choice(/a (1), /b = c)", "seed=0,1"])[3]
    assert compose(job).resolved["data"]["root"] == "/b = c"


@pytest.mark.usefixtures("grid")
def test_an_experiments_own_grid():
    assert is_grid(["experiment=grid"])
    assert not is_grid(["experiment=grid", "hydra.mode=RUN"])
    assert not is_grid(["seed=1"])
    jobs = expand(["experiment=grid", "max_steps=3"])
    assert len(jobs) == 6
    composed = [compose(job) for job in jobs]
    assert [(c.resolved["strategy"]["groups"], c.resolved["seed"]) for c in composed] == [
        (groups, seed) for groups in (1, 2) for seed in (0, 1, 2)
    ]
    assert not any(c.multirun or is_grid(c.overrides) for c in composed)
    assert all(c.resolved["max_steps"] == 3 for c in composed)
    # the command line wins over the experiment's own list
    assert len(expand(["experiment=grid", "seed=7"])) == 2
    assert len(expand(["experiment=grid", "seed=7,8,9", "strategy.groups=1"])) == 3
    assert is_grid(["experiment=grid", "hydra/launcher=joblib"])
    with pytest.raises(BadInput, match=r"hydra/launcher=joblib: a launcher is for a grid of runs.*-m"):
        is_grid(["seed=1", "hydra/launcher=joblib"])


def test_every_job_is_checked_before_the_first_starts(monkeypatch):
    started = []
    monkeypatch.setattr(Launcher, "run", lambda self, jobs: started.append(jobs) or [0 for _ in jobs])
    with pytest.raises(BadInput) as caught:
        launch(["-m", "strategy=freeze,frezee", "seed=0,1", "+hed.dropout=0.1,0.2"])
    assert len(caught.value.problems) == 3
    with pytest.raises(BadInput, match=r"seed: -1 must be"):
        launch(["-m", "seed=0,-1"])
    with pytest.raises(BadInput, match="interval"):
        launch(["-m", "optimizer.lr=interval(0,1)"])
    assert started == []
    check(expand(["seed=0,1"]))


def test_a_grid_has_one_name_and_the_same_grid_has_it_again():
    name = grid_name(expand(["-m", "seed=0,1", "strategy=freeze,full", "max_epochs=2"]))
    assert name.startswith("seed-strategy-")
    assert name == grid_name(expand(["seed=0,1", "strategy=freeze,full", "max_epochs=2", "hydra/launcher=joblib"]))
    assert name != grid_name(expand(["seed=0,1", "strategy=freeze,full", "max_epochs=3"]))


def test_a_grid_ends_with_its_own_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path))

    def run(overrides):
        folder = new_run_folder("transfer", "stand-in")
        fields = {"name": "stand-in", "task": "transfer", "seed": 0, "choices": {}, "config": {}}
        record.write(folder, record.new(overrides=overrides, **fields))
        return folder

    def jobs_and_a_stranger(launcher, jobs):
        run(["seed=7"])
        return [0 for job in jobs if run(job)]

    run(["seed=0"])  # one of before
    monkeypatch.setattr(Launcher, "run", jobs_and_a_stranger)
    ended = []
    assert launch(["-m", "seed=0,1"], ended.extend) == 0
    assert [record.read(folder)["overrides"] for folder in ended] == [["seed=0"], ["seed=1"]]
    assert "0001-stand-in" not in [folder.name for folder in ended]
