"""A run repeated from its record has the same numbers, bit for bit; what is not as it was is told."""

import pytest
from image_words import words

import artesano
from artesano.cli import main
from artesano.errors import BadInput
from artesano.experiment.rerun import changes, rerun
from artesano.runs import record
from artesano.runs.find import find_run


@pytest.mark.parametrize("kind", ["transfer", "gan", "image"])
def test_identical(kind, tiny, tmp_path, outputs, shapes, capsys):
    noise = ["task=gan", "data=folder", f"data.root={shapes}", "data.batch_size=8", "image_size=16", "max_steps=6"]
    noise += ["generator.width=4", "discriminator.width=4", "evaluation=none", "trainer=cpu"]
    noise += ["logger.wandb.mode=disabled", "hacks.instance_noise=0.1"]
    given = {"transfer": lambda: tiny, "gan": lambda: noise, "image": lambda: words("srgan", tmp_path)}[kind]()
    first = artesano.train(*given)
    assert main(["rerun", "last"]) == 0
    assert "identical" in capsys.readouterr().out
    again = record.read(find_run("last"))
    assert again["rerun_of"] == str(first.folder)
    assert again["config"] == record.read(first.folder)["config"]
    assert again["metrics"] == record.read(first.folder)["metrics"]


def test_another_result_is_told_with_both_numbers(tiny, outputs, capsys):
    first = artesano.train(*tiny)
    kept = record.read(first.folder)
    kept["metrics"]["best"]["test/accuracy"] += 0.5
    record.write(first.folder, kept)
    assert main(["rerun", str(first.folder)]) == 1
    assert "best/test/accuracy" in capsys.readouterr().out


def test_data_that_have_changed_are_told(tiny, outputs, shapes, tmp_path):
    import shutil

    root = tmp_path / "shapes"
    shutil.copytree(shapes, root)
    first = artesano.train(*(word for word in tiny if not word.startswith("data.root")), f"data.root={root}")
    next(root.rglob("*.png")).unlink()
    assert "data.fingerprint" in rerun(str(first.folder), []).different


def test_what_is_not_as_it_was(tiny, outputs):
    first = artesano.train(*tiny, "max_steps=2", "eval_every=2")
    known = record.read(first.folder)
    assert not [change for change in changes(known) if "was" in change and "is" in change and "committed" not in change]
    known["versions"]["torch"] = "1.0"
    known["git"]["commit"] = "0" * 40
    told = " ".join(changes(known))
    assert "torch was 1.0" in told


def test_what_is_refused(tiny, outputs):
    first = artesano.train(*tiny, "max_steps=2", "eval_every=2")
    with pytest.raises(BadInput, match=r"seed=3: a repeated run takes only trainer"):
        rerun(str(first.folder), ["seed=3"])
    record.update(first.folder, status="interrupted")
    with pytest.raises(BadInput, match="nothing to compare with"):
        rerun(str(first.folder), [])
