"""Short forms are the full overrides; names of other tools are understood; dashes are explained."""

import pytest

import artesano
from artesano.cli import main
from artesano.config import short_forms
from artesano.config.check_keys import check_keys
from artesano.config.compose import compose
from artesano.config.overrides import normalise
from artesano.config.search_path import shipped
from artesano.errors import BadInput
from artesano.experiment.resume import resume

pytestmark = pytest.mark.slow

QUIET = ("trainer=cpu", "logger.wandb.mode=disabled")

FULL = {
    "epochs=3": "max_epochs=3",
    "steps=10": "max_steps=10",
    "batch=8": "data.batch_size=8",
    "workers=0": "data.workers=0",
    "model=resnet18": "backbone=resnet18",
    "imgsz=64": "image_size=64",
    "lr=1e-4": "optimizer.lr=1e-4",
    "device=cpu": "trainer.accelerator=cpu",
    "freeze=True": "strategy=freeze",
    "pretrained=false": "weights.source=none",
}


@pytest.mark.parametrize(("short", "full"), FULL.items())
def test_a_short_form_is_the_full_override(short, full):
    assert normalise([short]) == [full]
    assert compose([short]).resolved == compose([full]).resolved


def test_every_short_form_names_a_key_that_exists():
    words = {"max_epochs": "3", "trainer.precision": "32-true", "trainer.accelerator": "cpu", "backbone": "resnet18"}
    for key in set(short_forms.SHORT.values()) - {"lr", "data.root"}:
        check_keys([f"{key}={words.get(key, 1)}"])
    check_keys([f"{short_forms.RATES['transfer']}=1"])
    check_keys(["gan=dcgan", f"{short_forms.RATES['gan']}=1"])


def test_no_short_form_is_a_key_of_ours():
    keys = set(compose([]).resolved) | set(compose(["gan=srgan"]).resolved)
    assert not keys & (set(short_forms.SHORT) | {"lr", "freeze", "pretrained"})


def test_the_rate_of_a_gan_is_that_of_both_networks():
    composed = compose(["gan=dcgan", "lr=1e-3"]).resolved
    assert composed["optimizer"]["generator"]["lr"] == composed["optimizer"]["discriminator"]["lr"] == 1e-3


@pytest.mark.parametrize("form", ["{}", "{}/", "data={}"])
def test_a_folder_is_a_data_set(tmp_path, form):
    (tmp_path / "photos").mkdir()
    place = tmp_path / "photos"
    assert normalise([form.format(place), "epochs=3"]) == ["data=folder", f"data.root={place}", "max_epochs=3"]


def test_two_folders_are_refused(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    with pytest.raises(BadInput, match=f"{one} and {two}: one data set at a time"):
        normalise(["gan=srgan", one, two])
    assert normalise([one, f"adapt.data={two}"])[2:] == ["data@adapt.data=folder", f"adapt.data.root={two}"]


@pytest.mark.parametrize(
    ("gan", "data"),
    [
        ("dcgan", "folder"), ("srgan", "sr_folder"), ("swcgan", "sr_folder"), ("inpaint", "sr_folder"),
        ("pix2pix", "paired_folder"), ("cscgan", "paired_folder"), ("cyclegan", "unpaired_folder"),
    ],
)  # fmt: skip
def test_a_folder_is_the_data_set_that_the_gan_trains_on(tmp_path, gan, data):
    assert normalise([str(tmp_path), f"gan={gan}"])[1:3] == [f"data={data}", f"data.root={tmp_path}"]


def test_every_variant_from_images_has_a_data_set_for_folders():
    for file in (shipped() / "gan").glob("*.yaml"):
        option = short_forms.chosen_by("gan", file.stem, "image_to_image")
        assert not option or option in short_forms.PAIRS, file.stem


def test_a_table_is_a_data_set(tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text("path,label\n")
    assert normalise([str(table)]) == ["data=csv", f"data.file={table}"]


def test_a_choice_of_data_stays_one_beside_a_folder_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mnist5k").mkdir()
    assert normalise(["data=mnist5k"]) == ["data=mnist5k"]


@pytest.mark.parametrize(
    ("experiment", "key"), [("dcgan_faces", "hacks.lr"), ("demo", "optimizer.lr"), ("no", "optimizer.lr")]
)
def test_an_experiment_tells_whose_rate_is_meant(experiment, key):
    assert normalise([f"experiment={experiment}", "lr=1e-4"])[-1] == f"{key}=1e-4"


def test_nothing_is_guessed_with_a_sign_in_front():
    assert normalise(["+model=x", "~batch"]) == ["+model=x", "~batch"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--epochs", "3"], "--epochs: keys are given without dashes: epochs=<value>"),
        (["--cfg", "job"], "--cfg: dry_run=true shows the composed config, and each run keeps it."),
        (["--batch-size=4"], "--batch-size=4: keys are given without dashes: batch_size=4"),
        (["--multirn"], "--multirn: artesano train has no such option. Did you mean '--multirun'?"),
    ],
)
def test_dashes_are_explained(words, line, capsys):
    assert main(["train", *words]) == 2
    assert capsys.readouterr().err.strip() == f"artesano: {line}"


def test_a_key_of_other_variants_names_them():
    with pytest.raises(BadInput, match=r"scale=4: scale belongs to gan=.*srgan"):
        check_keys(["scale=4"])


def test_a_root_suggests_a_folder():
    with pytest.raises(BadInput, match=r"data.root belongs to data=folder, "):
        check_keys(["data.root=x"])


def test_a_run_that_goes_on_takes_them_too(outputs):
    run = artesano.train("backbone=test_resnet", "pretrained=false", "imgsz=32", "data.shots=5", "steps=1", *QUIET)
    longer = resume(str(run.folder), ["steps=2", "device=cpu"])
    assert longer.record["overrides"][-2:] == ["max_steps=2", "trainer.accelerator=cpu"]
    assert longer.record["config"]["max_steps"] == 2  # compared with runs of its new length
    with pytest.raises(BadInput, match=r"strategy=full: resume accepts only"):
        resume(str(run.folder), ["freeze=false"])
