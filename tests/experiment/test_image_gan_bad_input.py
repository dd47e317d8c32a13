"""What a GAN from images cannot be asked: one clear line with the file or the key, before anything is written."""

import shutil

import pytest
from image_words import COMMON, SMALL, pairs, pictures, words
from PIL import Image

import artesano
from artesano.cli import main
from artesano.errors import BadInput
from artesano.runs import record

pytestmark = pytest.mark.slow


@pytest.fixture
def refused(outputs):
    def refused(*given: str) -> str:
        """The one line that the words are refused with."""
        with pytest.raises(BadInput) as caught:
            artesano.train(*given)
        assert len(caught.value.problems) == 1, caught.value.problems
        assert not outputs.exists()
        return caught.value.problems[0]

    return refused


def paired(root, *extra):
    return ["gan=pix2pix", "data=paired_folder", f"data.root={root}", *COMMON, *SMALL["pix2pix"], *extra]


def single(root, *extra):
    return ["gan=srgan", "data=sr_folder", f"data.root={root}", *COMMON, *SMALL["srgan"], *extra]


def test_pairs_of_different_size(refused, tmp_path):
    root = pairs(tmp_path / "pairs", 12)
    odd = root / "trainB" / "03.png"
    Image.open(odd).resize((40, 40)).save(odd)
    message = refused(*paired(root))
    assert str(odd) in message
    assert "40x40" in message.replace(" ", "")


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ("val/ssim", "give monitor.mode=max"),
        ("ssim", "give monitor.name=val/<metric>"),
        ("val/l1 monitor.mode=max", "give monitor.mode=min"),
        ("val/l1 evaluation.images_in_training=0", "(evaluation.images_in_training=0); leave it out"),
    ],
)
def test_a_monitor_that_would_choose_the_worst_state(refused, tmp_path, given, remedy):
    assert refused(*paired(pairs(tmp_path / "pairs", 12), *f"monitor.name={given}".split())).endswith(remedy)


@pytest.mark.parametrize(
    "words",
    [("phases.pixel=2", "terms.l1.weight=0"), ("image_to_image.adversarial_weight=0", "terms=none", "phases=one")],
)
def test_a_generator_that_nothing_teaches(refused, tmp_path, words):
    message = refused(*single(pictures(tmp_path / "hr", 12), *words))
    assert "term teaches the generator" in message
    assert f"{words[0]}: no " in message


def test_a_misspelt_monitor_is_refused_before_the_first_step(refused, tmp_path):
    message = refused(*paired(pairs(tmp_path / "pairs", 12), "monitor.name=val/edge_sim", "monitor.mode=max"))
    assert "val/edge_sim: no such metric; accepted: val/l1, " in message
    assert message.endswith("Did you mean 'val/edge_ssim' or 'val/ssim'?")


def test_missing_partners(refused, tmp_path):
    root = pairs(tmp_path / "pairs", 12)
    (root / "trainB" / "03.png").unlink()
    message = refused(*paired(root))
    assert "03" in message
    assert "partner" in message


def test_a_small_image_that_is_not_the_large_one_over_the_scale(refused, tmp_path):
    high, low = pictures(tmp_path / "hr", 12), pictures(tmp_path / "lr", 12, size=(12, 10))
    Image.open(low / "05.png").resize((13, 10)).save(low / "05.png")
    data = ["data=sr_folder", f"data.root={high}", f"data.lr_root={low}"]
    message = refused("gan=srgan", *data, *COMMON, *SMALL["srgan"])
    assert str(low / "05.png") in message
    assert "12" in message


@pytest.mark.parametrize("scale", [1, 5, 0, "x"])
def test_a_scale_that_there_is_not(refused, tmp_path, scale):
    assert "scale" in refused(*single(pictures(tmp_path / "hr", 12), f"scale={scale}"))


def test_images_smaller_than_the_crop(refused, tmp_path):
    root = pictures(tmp_path / "hr", 12)
    Image.open(root / "04.png").resize((20, 40)).save(root / "04.png")
    message = refused(*single(root))
    assert str(root / "04.png") in message
    assert "32" in message


def test_unreadable_in_the_middle_is_skipped_and_told_or_refused(tmp_path, outputs, refused):
    root = pictures(tmp_path / "hr", 12)
    (root / "05.png").write_bytes((root / "05.png").read_bytes()[:100])
    (root / "06.png").write_text("no image")
    run = artesano.train(*single(root))
    skipped = " ".join(record.read(run.folder)["data"]["skipped"])
    assert str(root / "06.png") in skipped
    shutil.rmtree(outputs)
    assert "unreadable" in refused(*single(root, "data.strict=true"))


def test_partners_that_are_not_there_cannot_be_compared_with(refused, tmp_path):
    root = pairs(tmp_path / "pairs", 12)
    given = ["gan=pix2pix", "data=unpaired_folder", f"data.root={root}", *COMMON, *SMALL["pix2pix"]]
    message = refused(*given)
    assert "the data have no pairs" in message
    assert "gan=cyclegan" in message


def test_a_degradation_of_images_that_bring_their_sources(refused, tmp_path):
    root = pairs(tmp_path / "pairs", 12)
    message = refused("gan=inpaint", "data=paired_folder", f"data.root={root}", *COMMON, *SMALL["inpaint"])
    assert message.startswith(f"degradation=hole: {root} brings sources of its own")
    small = ("gan=pix2pix", "data=paired_folder", f"data.root={root}", *COMMON, *SMALL["pix2pix"])
    assert refused(*small, "degradation=edges").startswith(f"degradation=edges: {root} brings sources of its own")


def test_labels_that_there_are_not(refused, tmp_path):
    """The levels of the embedded globe are no option of other data: cscgan takes them as they are."""
    root = pairs(tmp_path / "pairs", 12)
    small = [word for word in SMALL["cscgan"] if not word.startswith("data.levels")]
    message = refused("gan=cscgan", "data=paired_folder", f"data.root={root}", *COMMON, *small)
    assert "no labels" in message
    assert "data=blue_marble_levels" in message


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("critic_steps=3", "critic_steps"),
        ("known_labels=5", "known_labels"),
        ("hacks.pac=2", "hacks.pac=2"),
        ("hacks.unrolled_steps=1", "hacks.unrolled_steps=1"),
        ("hacks.extra_critic_steps=1", "hacks.extra_critic_steps=1"),
        ("phases.run=99", "99"),
        ("phases.pixel=-1", "phases.pixel"),
        ("evaluation.distance=lite9", "evaluation.distance=lite9"),
        ("trainer.gradient_clip_val=1", "gradient_clip_val"),
        ("hacks.label_flip=2", "hacks.label_flip"),
        ("data.direction=AtoB", "direction"),
        ("data.in_memory=maybe", "data.in_memory"),
        ("data.workers=-1", "data.workers"),
        ("evaluation.lpips_file=nowhere.pth", "nowhere.pth: no such file. Fetch https"),
        ("evaluation.dists_file=nowhere.pth", "nowhere.pth: no such file. Fetch https"),
        ("evaluation.niqe=often", "evaluation.niqe"),
    ],
)
def test_keys_that_mean_nothing_here(refused, tmp_path, word, part):
    assert part in refused(*single(pictures(tmp_path / "hr", 12)), word)


def test_a_metric_on_the_network_of_the_loss(refused, tmp_path):
    given = [word for word in single(pictures(tmp_path / "hr", 12)) if not word.startswith("evaluation.features")]
    message = refused(*given, "evaluation.features=lite0")
    assert "evaluation.features=lite1" in message
    message = refused("gan=pix2pix", "terms=pixels", *COMMON, *SMALL["pix2pix"])
    assert "evaluation.distance=lite0: terms.perceptual" in message


def test_a_loss_whose_network_is_not_here_is_told_once(refused, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(BadInput) as caught:
        artesano.train(*single(pictures(tmp_path / "hr", 12), "terms.perceptual.net=timm:vgg19.tv_in1k"))
    first, second = caught.value.problems
    assert first.startswith("terms.perceptual.net=timm:vgg19.tv_in1k: ")
    assert "lite0" in second


def test_predict_with_the_run_of_another_task(tmp_path, outputs, capsys):
    run = artesano.train(*words("pix2pix", tmp_path))
    picture = next((tmp_path / "pairs" / "testA").iterdir())
    assert main(["predict", str(run.folder), str(tmp_path / "nothing")]) == 2
    assert str(tmp_path / "nothing") in capsys.readouterr().err
    assert main(["embed", str(run.folder), str(picture)]) == 2
    assert "gan" in capsys.readouterr().err.lower()
