"""A run repeated from its record has the same numbers, bit for bit; what is not as it was is told."""

import pytest
from image_words import words

import artesano
from artesano.cli import main
from artesano.errors import BadInput
from artesano.experiment.rerun import changes, lengthened, rerun
from artesano.experiment.resume import resume
from artesano.runs import record
from artesano.runs.find import find_run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", ["transfer", "gan", "image"])
def test_identical(kind, request, tmp_path, outputs, shapes, capsys):
    noise = ["task=gan", "data=folder", f"data.root={shapes}", "data.batch_size=8", "image_size=16", "max_steps=6"]
    noise += ["generator.width=4", "discriminator.width=4", "evaluation=none", "trainer=cpu"]
    noise += ["logger.wandb.mode=disabled", "hacks.instance_noise=0.1"]
    first = {
        "transfer": lambda: request.getfixturevalue("copied"),
        "gan": lambda: artesano.train(*noise).folder,
        "image": lambda: artesano.train(*words("srgan", tmp_path)).folder,
    }[kind]()
    assert main(["rerun", "last"]) == 0
    assert "identical" in capsys.readouterr().out
    again = record.read(find_run("last"))
    assert again["rerun_of"] == str(first)
    assert again["config"] == record.read(first)["config"]
    assert again["metrics"] == record.read(first)["metrics"]


def test_another_result_is_told_with_both_numbers(copied, capsys):
    kept = record.read(copied)
    kept["metrics"]["best"]["test/accuracy"] += 0.5
    record.write(copied, kept)
    assert main(["rerun", str(copied)]) == 1
    assert "best/test/accuracy" in capsys.readouterr().out


def test_a_run_that_resume_made_longer_says_why_it_differs(copied, capsys):
    steps = record.read(copied)["steps"]
    assert lengthened(record.read(copied)) == []
    resume(str(copied), [f"max_steps={steps + 3}"])
    known = record.read(copied)
    assert (known["lengthened"], known["steps"]) == ([{"at": steps, "planned": steps}], steps + 3)
    capsys.readouterr()
    assert main(["rerun", str(copied)]) == 1
    printed = capsys.readouterr().out
    assert f"up to step {steps} its learning rate, stages and validations were those of {steps} steps" in printed
    assert f"why: resume made the run longer: up to step {steps}" in printed[printed.index("not the same") :]


def test_a_run_that_was_only_continued_was_not_made_longer(copied):
    with pytest.raises(BadInput, match="finished at step"):
        resume(str(copied), [])
    assert "lengthened" not in record.read(copied)
    record.update(copied, status="interrupted")
    resume(str(copied), [])
    assert lengthened(record.read(copied)) == []


def test_data_that_have_changed_are_told(tiny, outputs, shapes, tmp_path):
    import shutil

    root = tmp_path / "shapes"
    shutil.copytree(shapes, root)
    first = artesano.train(*tiny, f"data.root={root}", "max_steps=2", "eval_every=2")
    (first.folder / "files.csv").unlink()  # a run from before files were listed; others are refused (test_same_data.py)
    next(root.rglob("*.png")).unlink()
    assert "data.fingerprint" in rerun(str(first.folder), []).different


def test_what_is_not_as_it_was(finished):
    known = record.read(finished.folder)
    assert not [change for change in changes(known) if "was" in change and "is" in change and "committed" not in change]
    known["versions"]["torch"] = "1.0"
    known["git"]["commit"] = "0" * 40
    assert "torch was 1.0" in " ".join(changes(known))


def test_what_is_refused(copied):
    with pytest.raises(BadInput, match=r"seed=3: rerun accepts only trainer"):
        rerun(str(copied), ["seed=3"])
    record.update(copied, status="interrupted")
    with pytest.raises(BadInput, match="no final metrics to compare with"):
        rerun(str(copied), [])
