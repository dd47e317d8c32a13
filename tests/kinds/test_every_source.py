"""Whatever takes a run takes its folder, its number, `last` and its bundle, and gives the same with each of them."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from tiny_runs import SOURCES, WORDS
from torch import nn

import artesano
from artesano.backbones.create import create_backbone
from artesano.backbones.weights import Weights
from artesano.cli import main
from artesano.config.compose import compose
from artesano.errors import BadInput
from artesano.evaluation.extractors import make_extractor
from artesano.kinds import onnx
from artesano.kinds.image_gan.build import build_networks, start_from
from artesano.kinds.registry import of_run, open_run, options_of
from artesano.runs import record
from artesano.runs.find import find_run

pytestmark = pytest.mark.slow

# Each consumer is a function of a run, as the user names it, and of a folder for what it writes.


def loaded(run, to):
    model = of_run(run).load(run)
    return getattr(model, "network", None) or model.generator


def predicted_labels(run, to):
    assert main(["predict", run, "images", "-o", f"{to}/labels.csv"]) == 0
    return (to / "labels.csv").read_text()


def predicted_pictures(run, to):
    assert main(["predict", run, "pictures", "-o", str(to)]) == 0
    return [np.asarray(Image.open(to / f"{number:02}.png")) for number in range(12)]


def embedded(run, to):
    assert main(["embed", run, "images", "-o", f"{to}/features.npz"]) == 0
    return dict(np.load(to / "features.npz"))


def sampled(run, to):
    assert main(["sample", run, "--count", "5", "--seed", "3", "--to", f"{to}/samples.npz"]) == 0
    return dict(np.load(to / "samples.npz"))


def memorised(run, to):
    assert main(["sample", run, "--neighbours", "--count", "8"]) == 0
    return (find_run(run) / "samples" / "neighbours.png").read_bytes()


def before_and_after(run, to):
    assert main(["sample", run, "--count", "2"]) == 0
    return (find_run(run) / "samples" / "strips.png").read_bytes()


def evaluated(run, to):
    assert main(["evaluate", run, "--name", "again"]) == 0
    metrics = json.loads((find_run(run) / "evaluations" / "again" / "metrics.json").read_text())["metrics"]
    return metrics.get("averaged", metrics)


def exported(run, to):
    """The network that would be traced."""
    networks = []

    def write(network, *_):
        networks.append(network)
        raise BadInput("not traced here")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx, "write", write)
        assert main(["export", run]) == 2
    return networks[0]


def bundled(run, to):
    assert main(["bundle", run, "-o", f"{to}/again.safetensors"]) == 0
    return load_file(to / "again.safetensors")


def as_weights(run, to):
    return create_backbone("test_resnet", Weights("run", run=run), image_size=32)


def as_extractor(run, to):
    extractor = make_extractor(f"run:{run}")
    images = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return extractor.key, *extractor(images)


def as_start(run, to):
    model = open_run(run, "image_gan")[1]["model"]
    networks = build_networks(options_of(compose(WORDS["image_gan"]).resolved), model)
    start_from(networks, run, model)
    return networks.generators()


CONSUMERS = [
    *(("transfer", use) for use in (predicted_labels, embedded, as_weights, as_extractor)),
    *(("gan", use) for use in (sampled, memorised)),
    *(("image_gan", use) for use in (predicted_pictures, before_and_after, as_start)),
    *((kind, use) for kind in WORDS for use in (loaded, evaluated, exported, bundled)),
]


@pytest.mark.parametrize(("kind", "use"), CONSUMERS, ids=lambda part: getattr(part, "__name__", part))
def test_every_consumer_takes_every_source(kind, use, source, tmp_path):
    results = []
    for form in SOURCES:
        run = source(kind, form)
        (to := tmp_path / f"written-{form}").mkdir()
        results.append(use(run, to))
    for result in results[1:]:
        assert same(result, results[0])


def same(one, other):
    if isinstance(one, nn.Module):
        return same(one.state_dict(), other.state_dict())
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("transfer", [*WORDS["transfer"], "weights.source=run", "weights.run={run}"]),
        ("image_gan", [*WORDS["image_gan"], "phases.run={run}"]),
        ("transfer", [*WORDS["gan"], "evaluation.samples_in_training=50", "evaluation.extractor=run:{run}"]),
    ],
    ids=["weights.run", "phases.run", "evaluation.extractor"],
)
@pytest.mark.parametrize("form", ["last", "bundle"])
def test_a_run_that_uses_another_one_records_which(kind, words, form, source):
    """`last` means the run that was last when this one was started, not this one."""
    run = source(kind, form)
    other = run if form == "bundle" else str(find_run(run))
    small = ["max_steps=1", "eval_every=1", "logger.wandb.mode=disabled", "trainer=cpu"]
    new = artesano.train(*(word.format(run=run) for word in words), *small)
    assert str(new.folder) != other
    (key, value) = words[-1].split("=", 1)
    assert record.read(new.folder)["config"][key] == value.format(run=other)


@pytest.mark.parametrize(("kind", "start"), [("transfer", "weights.run="), ("image_gan", "phases.run="), ("gan", None)])
@pytest.mark.parametrize("command", ["resume", "rerun"])
def test_a_bundle_is_no_run_to_go_on_with(kind, start, command, source, capsys):
    run = source(kind, "bundle")
    folder = find_run(run)
    before = sorted(folder.rglob("*"))
    assert main([command, run, *(["max_steps=9"] if command == "resume" else [])]) == 2
    message = capsys.readouterr().err
    assert f"artesano {command} needs a run folder" in message
    assert "no optimiser state" in message
    assert (f"{start}'{run}'" in message) if start else "artesano train" not in message
    assert sorted(folder.rglob("*")) == before


def test_raw_and_last_of_a_bundle_are_refused(source):
    run = source("gan", "bundle")
    with pytest.raises(BadInput, match="holds the averaged weights only"):
        of_run(run).load(run, "raw")
    with pytest.raises(BadInput, match="holds the best checkpoint only"):
        of_run(run).load(run, "last")
