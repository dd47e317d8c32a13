"""Data that change under a run: it keeps its split and classes, or is refused and stays as it was, byte for byte."""

import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from image_words import pairs
from PIL import Image

import artesano
from artesano.cli import main
from artesano.errors import BadInput
from artesano.experiment.resume import resume
from artesano.experiment.same_data import keep_split_of_sweep
from artesano.runs import record
from artesano.runs.folder import TRIAL

pytestmark = pytest.mark.slow

QUIET = ["trainer=cpu", "logger.wandb.mode=disabled", "data.batch_size=4", "max_steps=4", "eval_every=2"]
WORDS = {
    "transfer": ["backbone=test_resnet", "weights.source=none", "image_size=32", "strategy=full"],
    "gan": ["task=gan", "image_size=16", "evaluation=none", "generator.width=4", "discriminator.width=4"],
    "image_gan": [
        "gan=pix2pix", "image_size=32", "generator.width=4", "generator.widest=8", "discriminator.width=4",
        "evaluation.images_in_training=2",
    ],
}  # fmt: skip


def images(folder, count, start=0, channels=3):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(start, start + count):
        random = np.random.default_rng([number, *folder.name.encode()])
        pixels = random.integers(0, 255, (32, 32, channels), dtype=np.uint8).squeeze()
        Image.fromarray(pixels).save(folder / f"{number:02}.png")


def train(kind, root, *words):
    data = "paired_folder" if kind == "image_gan" else "folder"
    return artesano.train(f"data={data}", f"data.root={root}", *QUIET, *WORDS[kind], *words).folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run of each kind and its data, made when they are first asked for; to be copied."""
    home, runs = tmp_path_factory.mktemp("made"), {}

    def make(kind):
        if kind not in runs:
            root = home / kind / "data"
            if kind == "image_gan":
                pairs(root, 12)
            else:
                for name in ("cat", "dog"):
                    images(root / name, 10)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("ARTESANO_OUTPUTS", str(home / kind / "outputs"))
                runs[kind] = train(kind, root)
        return runs[kind]

    return make


@pytest.fixture
def copy(made, tmp_path, outputs):
    """`copy("gan")`: run and data of this test alone."""

    def copied(kind):
        run = made(kind)
        root = run.parents[2] / "data"
        shutil.copytree(root, tmp_path / "data")
        shutil.copytree(run.parents[1], outputs)
        folder = outputs / run.parent.name / run.name
        config = folder / "config.yaml"
        config.write_text(config.read_text().replace(str(root), str(tmp_path / "data")))
        return SimpleNamespace(run=folder, data=tmp_path / "data")

    return copied


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


def add_a_class(data):
    images(data / "fox", 10)


def rename_a_class(data):
    (data / "cat").rename(data / "zebra")


def remove_a_class(data):
    shutil.rmtree(data / "cat")


def make_grey(data):
    for folder in [entry for entry in data.iterdir() if entry.is_dir()]:
        for file in folder.iterdir():
            Image.open(file).convert("L").save(file)


def remove_one(data):
    next(iter(sorted(data.rglob("*.png")))).unlink()


def replace_one(data):
    file = sorted(data.rglob("*.png"))[0]
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(content)


def remove_all(data):
    shutil.rmtree(data)


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("transfer", add_a_class, "cat, dog, fox"),
        ("transfer", rename_a_class, "dog, zebra"),
        ("gan", add_a_class, "cat, dog, fox"),
        ("gan", remove_a_class, "the data have 1: dog"),
        ("gan", make_grey, "grey|replaced|in_chans"),
        ("image_gan", make_grey, "replaced|in_channels"),
        ("transfer", remove_all, "no folder"),
    ],
)
def test_a_run_that_cannot_go_on_is_left_as_it_was(copy, kind, change, said, listed):
    made = copy(kind)
    if not listed:
        (made.run / "files.csv").unlink()
    change(made.data)
    before = everything(made.run)
    with pytest.raises(BadInput, match=said):
        resume(str(made.run), ["max_steps=8"])
    assert everything(made.run) == before


@pytest.mark.parametrize("kind", ["transfer", "image_gan"])
@pytest.mark.parametrize(
    ("change", "said"), [(remove_one, r"files? (is|are) missing: .*00\.png"), (replace_one, "1 file is replaced by")]
)
def test_files_of_the_run_are_needed_as_they_were(copy, kind, change, said, capsys):
    made = copy(kind)
    change(made.data)
    before = everything(made.run)
    for command in (["resume", str(made.run), "max_steps=8"], ["rerun", str(made.run)]):
        assert main(command) == 2
        assert re.search(said, capsys.readouterr().err)
    assert everything(made.run) == before
    assert len(list(made.run.parent.glob("0*"))) == 1


@pytest.mark.parametrize("kind", ["transfer", "gan"])
def test_a_repeated_run_has_the_split_of_the_first(copy, kind, capsys):
    made = copy(kind)
    images(made.data / "cat", 3, start=50)
    assert main(["rerun", str(made.run)]) == 0
    said = capsys.readouterr().out
    assert "3 files of" in said
    assert "came after the run began and are not used" in said
    assert "identical" in said
    again = next(made.run.parent.glob("0002*"))
    assert (again / "files.csv").read_bytes() == (made.run / "files.csv").read_bytes()


@pytest.mark.parametrize("kind", ["transfer", "image_gan"])
def test_a_resumed_run_equals_one_without_the_added_images(copy, kind):
    made = copy(kind)
    twin = shutil.copytree(made.run, made.run.with_name("0002-twin"))
    resume(str(twin), ["max_steps=6"])
    for folder in [entry for entry in made.data.iterdir() if entry.is_dir()]:
        images(folder, 5, start=50)
    resume(str(made.run), ["max_steps=6"])
    assert (made.run / "metrics.csv").read_bytes() == (twin / "metrics.csv").read_bytes()
    assert record.read(made.run)["metrics"] == record.read(twin)["metrics"]


def test_nothing_is_written_before_the_run_is_built(copy, monkeypatch):
    made = copy("transfer")
    before = everything(made.run)

    def broken(self):
        raise RuntimeError("not built")

    monkeypatch.setattr("artesano.kinds.transfer.experiment.TransferExperiment.build", broken)
    with pytest.raises(RuntimeError, match="not built"):
        resume(str(made.run), ["max_steps=8"])
    assert everything(made.run) == before


def test_labels_of_a_table(tmp_path, outputs):
    images(tmp_path / "data", 20)
    table = tmp_path / "data" / "labels.csv"
    table.write_text("path,label\n" + "".join(f"{number:02}.png,{'ab'[number % 2]}\n" for number in range(20)))
    run = artesano.train("data=csv", f"data.file={table}", *QUIET, *WORDS["transfer"]).folder
    table.write_text(table.read_text().replace("03.png,b", "03.png,a"))
    with pytest.raises(BadInput, match=r"1 file is labelled otherwise: 03.png \(b -> a\)"):
        resume(str(run), ["max_steps=8"])


def test_built_in_data_have_no_list(outputs):
    run = artesano.train("data=rendered_digits", "data.samples=60", *QUIET, *WORDS["transfer"], "max_steps=1").folder
    assert not (run / "files.csv").exists()
    assert resume(str(run), ["max_steps=2"]).record["status"] == "finished"
    record.update(run, data=record.read(run)["data"] | {"fingerprint": "0" * 16})
    with pytest.raises(BadInput, match="not what the run began with"):
        resume(str(run), ["max_steps=3"])


def test_trials_of_a_sweep_have_one_split(copy, monkeypatch):
    from artesano.config.targets import instantiate, load_plain

    made = copy("transfer")
    trials = made.run.parents[1] / "sweeps" / "s"
    shutil.copytree(made.run, trials / "0000")
    node = load_plain(made.run / "config.yaml")["data"] | {"batch_size": 3}

    def open_data(**more):
        resolved = SimpleNamespace(resolved={"data": node | more})
        return SimpleNamespace(data=instantiate(node | more), options=resolved)

    monkeypatch.setenv(TRIAL, str(trials / "0001"))
    images(made.data / "cat", 2, start=50)
    trial = open_data()
    assert "2 files" in keep_split_of_sweep(trial)[0]
    assert sum(map(len, trial.data.listing().splits.values())) == 20
    assert keep_split_of_sweep(open_data(split_seed=1)) == []  # another cut is another split
    remove_one(made.data)
    with pytest.raises(BadInput, match="the data have changed since the sweep began"):
        keep_split_of_sweep(open_data())


def test_weights_of_a_run_that_has_seen_the_test_images(copy, capsys):
    made = copy("transfer")
    for name in ("cat", "dog"):
        images(made.data / name, 4, start=50)  # the cut of now is another one
    train("transfer", made.data, "weights.source=run", f"weights.run={made.run}", "max_steps=1")
    assert "images of val and test were trained on by" in capsys.readouterr().out
