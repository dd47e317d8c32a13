"""`adapt=... adapt.data=...`: the target's labels move nothing, a run goes on bit by bit, and what does not fit is said
before anything is written."""

import csv

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from test_resume import equal, same_ending

import artesano
from artesano.config.check_keys import check_keys
from artesano.config.compose import compose
from artesano.errors import BadInput
from artesano.experiment.resume import resume
from artesano.kinds.registry import experiment_of, options_of
from artesano.kinds.transfer import domains
from artesano.runs import record
from artesano.runs.metrics import read_rows
from killed import killed_after

SHORT = ("max_steps=6", "eval_every=2", "ema=null")


@pytest.fixture
def target(tmp_path):
    """`target(seed)`: overrides of grey images in a table, whose labels are shuffled by the seed; 0 = as they are."""

    draw, names = np.random.default_rng(7), [f"{number}.png" for number in range(36)]
    for name in names:
        Image.fromarray(draw.integers(0, 255, (32, 32), dtype=np.uint8)).save(tmp_path / name)

    def make(seed=0):
        labels = [("circle", "cross", "line")[number % 3] for number in range(36)]
        parts = ["train"] * 18 + ["val"] * 6 + ["test"] * 12
        if seed:
            labels = list(np.random.default_rng(seed).permutation(labels))
        table = tmp_path / "target.csv"
        with table.open("w", newline="") as stream:
            csv.writer(stream).writerows([["path", "label", "split"], *zip(names, labels, parts, strict=True)])
        return ["adapt.data=csv", f"adapt.data.file={table}", "adapt.data.split_column=split"]

    return make


@pytest.fixture(autouse=True)
def no_map(monkeypatch):
    """Nothing is laid out by t-SNE."""
    monkeypatch.setattr(domains, "plane", lambda features: (features[:, :2].numpy(), "the first two"))


@pytest.mark.e2e
def test_adabn_of_a_network_that_kept_nothing_is_resumed(tiny, outputs, target):
    """`norm_stats=auto` means `updated` there, so that no statistics of the beginning are saved."""
    words = [*tiny, *SHORT, "adapt=adabn", "weights.source=none"]
    run = artesano.train(*words, *target())
    assert run.record["config"]["strategy.norm_stats"] == "updated"
    state = torch.load(run.folder / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    assert not [name for name in state if name.startswith("adaptation.")]
    assert resume("last", ["max_steps=12"]).record["status"] == "finished"


@pytest.mark.e2e
@pytest.mark.parametrize("method", ["dann", "adabn"])
def test_labels_of_the_target_move_nothing_and_a_killed_run_ends_alike(tiny, outputs, target, method, tmp_path):
    file = tmp_path / "model.safetensors"
    save_file(timm.create_model("test_resnet", num_classes=0).state_dict(), file)
    words = [*tiny, *SHORT, f"adapt={method}", "weights.source=file", f"weights.file={file}"]
    straight = artesano.train(*words, *target())
    shuffled = artesano.train(*words, *target(seed=1))
    assert (straight.folder / "metrics.csv").read_bytes() == (shuffled.folder / "metrics.csv").read_bytes()
    states = [
        [torch.load(run.folder / "checkpoints" / f"{name}.ckpt", weights_only=True) for name in ("best", "last")]
        for run in (straight, shuffled)
    ]
    assert equal(*states)
    assert "target_test/accuracy" in straight.metrics
    assert straight.metrics["target_test/nll"] != shuffled.metrics["target_test/nll"]
    assert "plots/adaptation.png" in straight.record["images"]
    rows = {name for _, name, _ in read_rows(straight.folder / "metrics.csv")}
    assert ("train/domain_accuracy" in rows) == (method == "dann")
    assert straight.record["config"]["strategy.norm_stats"] == "pretrained"  # also of adabn, which moves them
    with killed_after(4):
        artesano.train(*words, *target())
    same_ending(resume("last", []).folder, straight.folder)


@pytest.mark.e2e
def test_other_files_end_a_resumed_run(tiny, outputs, target, tmp_path):
    words = target()
    with killed_after(2):
        artesano.train(*tiny, *SHORT, "adapt=pseudo", *words)
    Image.fromarray(np.zeros((40, 40), np.uint8)).save(tmp_path / "0.png")
    (folder,) = (outputs / "transfer").glob("0*")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(BadInput, match=r"adapt\.data, .* is not what the run began with"):
        resume("last", [])
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_without_a_method_nothing_is_there():
    assert "adapt" not in compose(["adapt=none"]).resolved
    assert compose([]).choices["strategy"] == "freeze"
    assert compose(["adapt=mmd", "adapt.data=mnist5k"]).choices["strategy"] == "full"
    assert compose(["adapt=mmd", "adapt.data=mnist5k", "strategy=partial"]).choices["strategy"] == "partial"
    assert options_of(compose([]).resolved).adapt is None  # as in the config of an older run


def test_the_source_alone_is_measured_on_the_target_from_cached_features(tiny, outputs, target):
    words = [word for word in tiny if not word.startswith(("data.augment", "strategy"))]
    run = artesano.train(*words, "max_steps=2", "ema=null", *target())
    assert "target_test/accuracy" in run.metrics
    assert "target" not in run.record["data"]
    assert record.read(run.folder)["choices"]["data@adapt.data"] == "csv"


def checked(*words):
    composed = compose(list(words))
    experiment_of(composed.resolved, composed.origins, composed.choices).check()


def test_the_target_is_checked_before_anything_is_written(tiny, shapes, target, tmp_path, outputs):
    with pytest.raises(BadInput, match=r"adapt=coral: needs a target; give adapt\.data="):
        checked(*tiny, "adapt=coral")
    with pytest.raises(BadInput, match=r"adapt\.data=paired_folder: not a set of images of classes"):
        checked(*tiny, "adapt=coral", "adapt.data=paired_folder")
    with pytest.raises(BadInput, match="60 of the 60 images of the target are images of the source"):
        checked(*tiny, "adapt=coral", f"adapt.data={shapes}")
    with pytest.raises(BadInput, match=r"(?s)not those of the source.*only in the target: 0, 1, 2, 3, 4 and 5 more"):
        checked(*tiny, "adapt=coral", "adapt.data=mnist5k")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match=r"adapt\.data\.root: .*empty' holds no image"):
        checked(*tiny, "adapt=coral", f"adapt.data={tmp_path / 'empty'}")
    with pytest.raises(BadInput, match="this network has no BatchNorm"):
        checked(*tiny, "adapt=adabn", "backbone=test_vit", *target())
    checked(*tiny, "adapt=dann", *target())  # grey images beside coloured ones: all are read as in_chans says
    (tmp_path / "loose").mkdir()
    for number in range(8):
        Image.fromarray(np.full((32, 32), number, np.uint8)).save(tmp_path / "loose" / f"{number}.png")
    checked(*tiny, "adapt=dann", f"adapt.data={tmp_path / 'loose'}")  # no class folders: nothing is measured
    assert not outputs.exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["strategy=freeze"], "strategy=freeze: .* never change; give strategy=full"),
        (["strategy=auto"], "strategy=auto: adapt brings"),
        (["adapt.data.balance=true"], r"adapt\.data\.balance=True: needs labels"),
        (["adapt.data.shots=5"], r"adapt\.data\.shots=5: needs labels"),
        (["adapt.gamma=2"], r"adapt\.gamma belongs to adapt=dann; adapt=coral has data, weight"),
        (["trainer=fsdp"], r"trainer\.strategy=fsdp.*: adapt needs all of the network"),
        (["adapt.data=mnist5"], r"adapt\.data=mnist5: no such option.*'mnist5k'"),
    ],
)
def test_what_excludes_each_other(words, line):
    with pytest.raises(BadInput, match=line):
        check_keys(["adapt=coral", "adapt.data=mnist5k", *words])
