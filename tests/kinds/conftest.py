"""A run folder made by hand: a tiny random network, its record and its checkpoint, as training leaves them."""

import functools
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_runs import WORDS

from artesano.backbones.create import create_backbone, data_config, feature_dim
from artesano.backbones.weights import Weights
from artesano.data.preprocessing import Preprocessing
from artesano.experiment.train import train
from artesano.kinds.bundle import bundle
from artesano.kinds.image_gan.build import build_generator
from artesano.runs import record
from artesano.seeding import seed_everything
from artesano.transfer.heads import Linear
from artesano.transfer.network import Classifier
from shortcuts import ink

SHAPES = ["ñandú", "x, y", "2"]  # sorted: 2, x, y, ñandú
CLASSES = ["azul", "rojo", "verde ñ", "x, y"]
COLORS = {"azul": (20, 40, 220), "rojo": (220, 30, 30), "verde ñ": (30, 200, 60), "x, y": (230, 220, 40)}


@pytest.fixture
def photos(tmp_path):
    """Six images of each class, of different sizes, in a folder whose name is no friend of any grammar."""
    root = tmp_path / "Año (1) = ñ, ~ it's"
    draw = torch.Generator().manual_seed(5)
    for name, color in COLORS.items():
        (root / name).mkdir(parents=True)
        for number in range(6):
            image = Image.new("RGB", (40 + 7 * number, 50), color)
            noise = torch.randint(0, 60, (50, 40 + 7 * number, 3), generator=draw, dtype=torch.uint8).numpy()
            Image.blend(image, Image.fromarray(noise), 0.3).save(root / name / f"{number}.png")
    return root


@pytest.fixture
def write_run():
    """`write_run(folder, photos)` makes a run folder and returns its network."""
    return _write_run


def _write_run(folder, photos, *, ema=False, classes=CLASSES, **changes):
    """Returns the network as training would have it in memory."""
    seed_everything(11)
    backbone = create_backbone("test_resnet", Weights("none"), image_size=64)
    network = Classifier(backbone, Linear(feature_dim(backbone), len(classes))).eval()
    with torch.no_grad():
        network.head.linear.weight.mul_(20)
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    if ema:
        tensors |= {f"ema.module.{name}": value * 1.01 for name, value in network.state_dict().items()}
    (folder / "checkpoints").mkdir(parents=True)
    torch.save({"state_dict": tensors, "step": 3}, folder / "checkpoints" / "best.ckpt")
    config = {
        "task": "transfer",
        "data": {"_target_": "artesano.data.folder.Folder", "root": str(photos), "batch_size": 8},
        "head": {"_target_": "artesano.transfer.heads.Linear", "_partial_": True},
    }
    fields = record.new(name="test", task="transfer", seed=0, overrides=[], choices={"data": "folder"}, config=config)
    fields["model"] = {
        "backbone": "test_resnet",
        "backbone_args": {},
        "head": config["head"],
        "classes": list(classes),
        "in_chans": 3,
        "image_size": 64,
        "preprocessing": Preprocessing.from_timm(data_config(backbone), 64, 3).to_dict(),
    }
    fields |= {"status": "finished", "checkpoints": {"last": None, "best": "checkpoints/best.ckpt"}} | changes
    record.write(folder, fields)
    record.write_config(folder, config)
    return network


@pytest.fixture
def run(tmp_path, photos):
    """Folder and network of a finished run."""
    folder = tmp_path / "runs" / "0001-test"
    return folder, _write_run(folder, photos)


@pytest.fixture(scope="session")
def gan_runs(tmp_path_factory):
    """`gan_runs("cdcgan")`: the folder of a tiny trained GAN, on colour images of three classes at 16 px; made once."""
    root = tmp_path_factory.mktemp("gan")
    random = np.random.default_rng(0)
    for place, name in enumerate(SHAPES):
        (root / "images" / name).mkdir(parents=True)
        for number in range(40):
            pixels = random.integers(0, 120, (16, 16, 3), dtype=np.uint8)
            pixels[..., place] += 100
            Image.fromarray(pixels).save(root / "images" / name / f"{number}.png")

    @functools.cache
    def trained(gan, *words):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ARTESANO_OUTPUTS", str(root / "outputs"))
            sizes = ["image_size=16", "generator.width=4", "discriminator.width=4", "data.batch_size=16", "max_steps=4"]
            data = ["data=folder", f"data.root={root / 'images'}", "trainer=cpu", "logger.wandb.mode=disabled"]
            little = ["evaluation=fast", "evaluation.samples=50", "evaluation.raw=true", "hacks.ema=0.5"]
            return train(["task=gan", f"gan={gan}", *data, *sizes, *little, *words]).folder

    return trained


@pytest.fixture
def gan_copy(gan_runs, tmp_path):
    """`gan_copy("dcgan")`: the same, to be spoilt."""
    return lambda gan: shutil.copytree(gan_runs(gan), tmp_path / f"copy-{gan}")


@pytest.fixture
def image_run(tmp_path):
    """`image_run("srresnet", scale=2)`: the folder of a GAN from images with random weights, and its generator."""
    return functools.partial(_write_image_run, tmp_path / "image-runs")


TINY = {"srresnet": {"width": 4, "blocks": 1}, "resnet_translation": {"width": 4, "blocks": 1}}


def _write_image_run(root, name, *, ema=True, options=None, which=("best",), data=None, **changes):
    model = {
        "gan": name,
        "kind": "image",
        "image_to_image": "restoration" if changes.get("scale", 1) > 1 else "translation",
        "generator": {
            "_target_": f"artesano.gan.networks.image.{name}.Generator",
            "_partial_": True,
            **TINY.get(name, {}),
            **(options or {}),
        },
        "degradation": {"_target_": "artesano.data.degradations.Identity"},
        "in_channels": 3,
        "out_channels": 3,
        "image_size": 32,
        "scale": 1,
        "classes": [],
        "conditional": False,
        "normalise_images": True,
        "bits": 8,
    } | changes
    folder = root / f"{len(list(root.glob('*'))) + 1:04d}-{name}"
    (folder / "checkpoints").mkdir(parents=True)
    generators = {"a2b": random_generator(model, "a2b")}
    if model["image_to_image"] == "cycle":
        generators["b2a"] = random_generator(model, "b2a")
    tensors = {}
    for direction, generator in generators.items():
        for key, value in generator.state_dict().items():
            tensors[f"network.{direction}.generator.{key}"] = value * 0.5 if ema else value
            if ema:
                tensors[f"ema.module.{direction}.{key}"] = value
    for file in which:
        torch.save({"state_dict": tensors, "step": 3}, folder / "checkpoints" / f"{file}.ckpt")
    config = {
        "task": "gan",
        "gan": {"name": name, "kind": "image"},
        "generator": model["generator"],
        "data": data or {},
    }
    fields = record.new(name="test", task="gan", seed=0, overrides=[], choices={}, config=config)
    fields |= {"model": model, "status": "finished"}
    record.write(folder, fields)
    record.write_config(folder, config)
    return folder, generators["a2b"]


def random_generator(model, direction):
    """Weights that are large enough for each pixel to show what it depends on."""
    generator = build_generator(model, direction)
    draw = torch.Generator().manual_seed(len(direction))
    with torch.no_grad():
        for parameter in generator.parameters():
            spread = parameter[0].numel() ** -0.5 if parameter.dim() > 1 else 0.1
            parameter.copy_(torch.randn(parameter.shape, generator=draw) * spread)
    return generator.eval()


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A folder with `images`, three classes of 32 px, and `pictures`, twelve of 48 x 40 px."""
    root = tmp_path_factory.mktemp("project")
    random = np.random.default_rng(0)
    for place, name in enumerate(SHAPES):
        (root / "images" / name).mkdir(parents=True)
        for number in range(24):
            pixels = random.integers(0, 120, (32, 32, 3), dtype=np.uint8)
            pixels[..., place] += 100
            Image.fromarray(pixels).save(root / "images" / name / f"{number}.png")
    (root / "pictures").mkdir()
    for number in range(12):
        coarse = Image.fromarray(random.integers(0, 255, (6, 6, 3), dtype=np.uint8))
        coarse.resize((48, 40), Image.Resampling.BICUBIC).save(root / "pictures" / f"{number:02}.png")
    return root


@pytest.fixture(scope="session")
def trained(project):
    """`trained("gan")`: the folder of a tiny run of this kind that was trained in the project and kept an average."""

    @functools.cache
    def train_once(kind):
        with pytest.MonkeyPatch.context() as patch, ink():
            patch.chdir(project)
            patch.setenv("ARTESANO_OUTPUTS", str(project / "trained"))
            return train([*WORDS[kind], "max_steps=4", "logger.wandb.mode=disabled", "trainer=cpu"]).folder

    return train_once


@pytest.fixture
def source(trained, project, tmp_path, monkeypatch):
    """`source("gan", "number")`: the run as it is named on a command line, in an outputs folder of the test's own."""

    def make(kind, form):
        monkeypatch.chdir(project)
        outputs = tmp_path / f"outputs-{form}"
        monkeypatch.setenv("ARTESANO_OUTPUTS", str(outputs))
        folder = trained(kind)
        if form == "bundle":
            return str(bundle(folder, str(tmp_path / "a ñ.safetensors"))[0])
        copy = outputs / folder.parent.name / f"0007-{folder.name[5:]}"
        shutil.copytree(folder, copy)
        return {"folder": str(copy), "number": "7", "last": "last"}[form]

    return make
