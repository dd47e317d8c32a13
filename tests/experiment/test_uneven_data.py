"""Pictures of different sizes, classes with few images, batches of one: right, or one sentence before the run."""

import numpy as np
import pytest
from image_words import COMMON, SMALL, TWO_PHASES, pictures
from PIL import Image

import artesano
from artesano.cli import main
from artesano.errors import BadInput

pytestmark = pytest.mark.slow

FEW = ("max_steps=2", "eval_every=2", "data.batch_size=2", "image_size=16")


@pytest.mark.parametrize("variant", ["srgan", "pix2pix", "inpaint", "cyclegan"])
def test_validation_images_of_different_sizes_below_the_pictures_side(variant, tmp_path, outputs, capsys):
    root, single = tmp_path / "mix", variant in ("srgan", "inpaint")
    for part in ("train", "val"):
        for side in ("",) if single else ("A", "B"):
            for size in ((150, 60), (40, 56)):
                folder = pictures(root / (part + side) / f"{size[0]}", 3, size)
                for file in folder.iterdir():
                    file.rename(root / (part + side) / f"{size[0]}_{file.name}")
                folder.rmdir()
    data = {"pix2pix": "paired_folder", "cyclegan": "unpaired_folder"}.get(variant, "sr_folder")
    small = [word for word in SMALL[variant] if not word.startswith("data.")]
    scale = ("scale=2", *TWO_PHASES) if variant == "srgan" else ()
    run = artesano.train(f"gan={variant}", f"data={data}", f"data.root={root}", *COMMON, *small, *scale, *FEW)
    grids = sorted((run.folder / "images").glob("*.png"))
    assert grids
    assert (run.folder / "plots" / "strips.png").is_file()
    for count, code in ((1, 2), (3, 0)):  # fewer than a batch: measured, or one sentence
        few = tmp_path / f"few{count}"
        for side in ("",) if single else ("A", "B"):
            pictures(few / side, count)
        words = [f"data={data}", f"data.root={few}"]
        assert main(["evaluate", str(run.folder), *words, "--name", few.name]) == code
        error = capsys.readouterr().err
        assert error.count("artesano: ") == (code == 2)
        assert ("no image for the val and test parts (train 1, val 0, test 0)" in error) == (code == 2)


def classes(root, **counts):
    """So many images of 32 px in each class folder."""
    draw = np.random.default_rng(list(root.name.encode()))  # each folder has images of its own
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        for number in range(count):
            Image.fromarray(draw.integers(0, 255, (32, 32, 3), dtype=np.uint8)).save(root / name / f"{number}.png")
    return root


def words(root, *more):
    fixed = ("backbone=test_resnet", "weights.source=none", "image_size=32", "max_steps=2", "trainer=cpu")
    return ["data=folder", f"data.root={root}", *fixed, "data.batch_size=4", "logger.wandb.mode=disabled", *more]


def test_a_class_of_two_images_goes_on_and_other_images_are_measured_as_a_whole(tmp_path, outputs, caplog, capsys):
    three = artesano.train(*words(classes(tmp_path / "photos", cat=12, dog=12, fox=2)))
    assert "no val image of fox (2 in all): not measured there" in caplog.text
    one = classes(tmp_path / "one", cat=1, dog=1, fox=1)
    assert main(["evaluate", str(three.folder), "data=folder", f"data.root={one}"]) == 0
    assert "all 3 images are measured" in capsys.readouterr().out
    two = classes(tmp_path / "two", cat=5, fox=4)
    assert main(["evaluate", str(three.folder), "data=folder", f"data.root={two}", "--name", "two"]) == 0
    printed = capsys.readouterr().out
    assert "not in these data: dog; macro_f1 is over the other 2 classes" in printed
    assert main(["evaluate", str(three.folder)]) == 0
    assert "are measured" not in capsys.readouterr().out
    other = classes(tmp_path / "other", cat=5, bird=4)
    assert main(["evaluate", str(three.folder), "data=folder", f"data.root={other}"]) == 2


def test_one_image_of_each_class_is_too_few_to_train(tmp_path, outputs):
    one = classes(tmp_path / "one", cat=1, dog=1)
    with pytest.raises(BadInput, match=r"data\.min_images=2: cat \(1\), dog \(1\)"):
        artesano.train(*words(one))
    with pytest.raises(BadInput, match="no image for the val part"):
        artesano.train(*words(one, "data.min_images=1"))
    assert not outputs.exists()


def test_a_run_keeps_its_classes_whatever_is_left_of_them(tmp_path, outputs, capsys):
    photos = classes(tmp_path / "photos", cat=12, dog=12, fox=2, owl=1, bee=0)
    run = artesano.train(*words(photos, "data.min_images=2"))
    assert run.record["model"]["classes"] == ["cat", "dog", "fox"]
    assert "data.min_images=2: bee (0), owl (1)" in capsys.readouterr().out.replace("\n", " ")
    assert main(["resume", str(run.folder), "max_steps=4"]) == 0
    (photos / "fox" / "0.png").unlink()
    assert main(["evaluate", str(run.folder), "--name", "left"]) == 0
    assert "1 file is missing" in capsys.readouterr().out
    assert main(["resume", str(run.folder), "max_steps=6"]) == 2
    assert "missing: fox/0.png" in capsys.readouterr().err
    assert main(["evaluate", str(run.folder), "data.classes=[cat]"]) == 2
    assert "a run keeps its split" in capsys.readouterr().err


def test_a_gan_without_labels_takes_classes_of_one_image(tmp_path, outputs):
    photos = classes(tmp_path / "photos", **dict.fromkeys("abcdefghij", 1))
    small = ("generator.width=4", "discriminator.width=4", "evaluation=none", "image_size=16", "trainer=cpu")
    run = artesano.train(
        "gan=dcgan", "data=folder", f"data.root={photos}", "data.batch_size=2", "max_steps=2", *small,
        "data.test_fraction=0.5", "logger.wandb.mode=disabled",
    )  # fmt: skip
    assert sum(run.record["data"]["images"].values()) == 10


def test_some_classes_alone(tmp_path, outputs, capsys):
    photos = classes(tmp_path / "photos", cat=12, dog=12, fox=12)
    run = artesano.train(*words(photos, "data.classes=[fox,cat]"))
    assert run.record["model"]["classes"] == ["cat", "fox"]
    assert main(["resume", str(run.folder), "max_steps=4"]) == 0
    assert main(["evaluate", str(run.folder)]) == 0
    capsys.readouterr()
    other = classes(tmp_path / "other", cat=3, dog=3)
    words_of_data = ["data=folder", f"data.root={other}"]
    assert main(["evaluate", str(run.folder), *words_of_data]) == 2
    assert "data.classes='[cat]' measures the classes of both" in capsys.readouterr().err
    assert main(["evaluate", str(run.folder), *words_of_data, "data.classes=[cat]"]) == 0
    assert main(["check", "data=folder", f"data.root={photos}", "data.classes=[cat,dgo]"]) == 2
    assert "Did you mean 'dog'" in capsys.readouterr().err
    assert main(["check", "data=folder", f"data.root={photos}", "data.classes=[cat,dog]"]) == 0
    assert "12 left out (in a class that data.classes does not name)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "small",
    [
        ("strategy=full", "backbone=test_resnet", "weights.source=none", "image_size=32"),
        ("gan=vanilla", "image_size=16", "evaluation=none"),
    ],
)
def test_batch_norm_needs_two_images(small, outputs):
    with pytest.raises(BadInput, match=r"data\.batch_size=1: a batch norm"):
        artesano.train(*small, "data.batch_size=1", "max_steps=2", "trainer=cpu")
    assert not outputs.exists()


@pytest.mark.parametrize("name", ["a/b", "a#b", "50%", "x" * 129, ""])
def test_names_of_projects_that_wandb_refuses(name, outputs):
    with pytest.raises(BadInput, match=r"logger\.wandb\.project"):
        artesano.train("max_steps=2", f"logger.wandb.project='{name}'")
    assert not outputs.exists()


TINY_GAN = ("image_size=16", "generator.width=4", "discriminator.width=4", "evaluation=fast", "evaluation.samples=0")


@pytest.mark.parametrize(("variant", "in_memory"), [((), True), ((), False), (("gan=dcgan", *TINY_GAN), True)])
def test_a_file_that_cannot_be_read_is_told_once(variant, in_memory, tmp_path, outputs, caplog, capsys):
    """In the table that opens the run or, of images that are read while it trains, in a warning; and in the record."""
    root = classes(tmp_path / "photos", cat=20, dog=20)
    broken = root / "cat" / "broken.png"
    broken.write_text("no image")
    common = ["data=folder", f"data.root={root}", "data.batch_size=8", "max_steps=12", "trainer=cpu"]
    of_kind = variant or ("backbone=test_resnet", "weights.source=none", "strategy=full", "image_size=16")
    memory = (f"data.in_memory={in_memory}".lower(), "logger.wandb.mode=disabled")
    run = artesano.train(*common, *of_kind, *memory)
    printed, warnings = capsys.readouterr().out.replace("\n", ""), [record.getMessage() for record in caplog.records]
    assert printed.count("broken.png") == in_memory
    assert sum("broken.png" in line for line in warnings) == (not in_memory)
    assert run.record["data"]["skipped"] == [f"{broken}: not an image"]
