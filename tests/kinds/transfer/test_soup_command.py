"""`artesano soup`: what can be averaged, and that the average is a run like any other."""

import pytest
import torch

from artesano.cli import main
from artesano.kinds.data_of_run import data_for
from artesano.kinds.transfer.load import load
from artesano.runs import record
from artesano.runs.find import find_run

MONITOR = {"name": "val/accuracy", "mode": "max"}


@pytest.fixture
def runs(write_run, photos, tmp_path):
    """Three runs of one network, the second with weights that are worth nothing."""
    folders = [tmp_path / "runs" / f"000{number}-test" for number in (1, 2, 3)]
    for folder, accuracy, scale in zip(folders, (0.9, 0.8, 0.7), (1.0, torch.nan, 1.1), strict=True):
        metrics = {"val/accuracy": accuracy, "test/accuracy": 0.5}
        write_run(folder, photos, monitor=MONITOR, metrics={"last": metrics, "best": metrics})
        file = folder / "checkpoints" / "best.ckpt"
        state = torch.load(file, weights_only=True)
        state["state_dict"]["network.head.linear.weight"] *= scale
        torch.save(state, file)
    return folders


def test_the_average_is_a_run_that_names_its_ingredients(runs, photos, outputs, capsys):
    assert main(["soup", str(runs[0].parent), "--name", "average"]) == 0
    soup = find_run("last")
    known = record.read(soup)
    assert (soup.parent.name, known["status"], known["name"]) == ("transfer", "finished", "average")
    assert [row["run"] for row in known["soup"]] == [str(run) for run in runs]
    weights = [load(run).network.head.linear.weight for run in runs]
    kept = [weight for weight, row in zip(weights, known["soup"], strict=True) if row["kept"]]
    torch.testing.assert_close(load(soup).network.head.linear.weight, torch.stack(kept).mean(dim=0), equal_nan=True)
    assert known["soup"][0]["kept"]
    assert known["soup"][0]["with"] <= known["metrics"]["best"]["val/accuracy"]
    assert (soup / known["checkpoints"]["best"]).is_file()
    assert all((soup / picture).is_file() for picture in known["images"])
    capsys.readouterr()

    assert main(["predict", "last", str(photos / "azul")]) == 0
    assert main(["compare", str(runs[0]), str(soup)]) == 0
    assert "of 3 runs" in capsys.readouterr().out
    for command in (["resume", "last", "max_steps=9"], ["rerun", "last"]):
        assert main(command) == 2
        assert "An average of runs holds only the best weights" in capsys.readouterr().err


def test_what_cannot_be_averaged_is_refused(runs, write_run, photos, outputs, tmp_path, capsys):
    metrics = {"last": {}, "best": {"val/accuracy": 0.5}}
    write_run(tmp_path / "other" / "0004-other", photos, classes=["a", "b"], monitor=MONITOR, metrics=metrics)
    write_run(tmp_path / "cut" / "0005-cut", photos, monitor=MONITOR, metrics=metrics)
    config = tmp_path / "cut" / "0005-cut" / "config.yaml"
    config.write_text(config.read_text().replace("batch_size: 8", "batch_size: 8\n  split_seed: 7"))
    for words, message in (
        ([str(runs[0])], "1 run; give two or more"),
        ([str(runs[0]), str(tmp_path / "other")], "classes is ['a', 'b']"),
        ([str(runs[0]), str(tmp_path / "cut")], "its validation images are not those of 0001-test"),
    ):
        assert main(["soup", *words]) == 2
        assert message in " ".join(capsys.readouterr().err.split())
    assert not outputs.exists()


def test_without_test_images_nothing_is_written(runs, photos, outputs, capsys):
    data = data_for([], runs[0])
    for name in data.listing().splits["test"].names:
        (photos / name).write_bytes(b"no image any more")
    assert main(["soup", str(runs[0].parent)]) == 2
    assert "no image of the test split could be read" in capsys.readouterr().err
    assert not outputs.exists()
