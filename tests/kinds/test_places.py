"""Where commands write is checked before their work: one sentence, and nothing is made."""

import pytest

from artesano import cli
from artesano.errors import BadInput
from artesano.kinds.places import file_to_write, folder_to_fill, names_file


def test_a_name_with_an_ending_is_a_file(tmp_path):
    (tmp_path / "v1.2").mkdir()
    assert names_file("m.onnx")
    assert not names_file("out")
    assert not names_file("out.d/")
    assert not names_file(tmp_path / "v1.2")


@pytest.mark.parametrize("make", [file_to_write, folder_to_fill])
def test_places_that_cannot_be_written(make, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInput, match="is a file, not a folder"):
        make(str(tmp_path / "file" / "x"))
    with pytest.raises(BadInput, match="cannot be written"):
        make(f"/proc/{'x' * 300}/y")
    with pytest.raises(BadInput, match="cannot be written"):
        make("/proc/nothing/y")
    assert (tmp_path / "file").read_text() == "mine"
    assert make(str(tmp_path / "new" / "deep")) == tmp_path / "new" / "deep"
    assert not (tmp_path / "new").exists()


def test_a_folder_is_no_file_and_a_file_no_folder(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInput, match="a folder; give the name of a file"):
        file_to_write(str(tmp_path))
    with pytest.raises(BadInput, match="a file; give a folder"):
        folder_to_fill(str(tmp_path / "file"))
    with pytest.raises(BadInput, match=r"must end in \.csv or \.json"):
        file_to_write(str(tmp_path / "x.txt"), (".csv", ".json"))


COMMANDS = [
    ("transfer", "predict", ["images", "-o"], "out.csv"),
    ("transfer", "embed", ["images", "-o"], "out.npz"),
    ("transfer", "export", ["-o"], "out.onnx"),
    ("transfer", "bundle", ["-o"], "out.safetensors"),
    ("gan", "sample", ["--to"], "out.npz"),
    ("gan", "sample", ["--walk"], "out.gif"),
    ("gan", "export", ["-o"], "out.onnx"),
    ("image_gan", "predict", ["pictures/00.png", "-o"], "out.png"),
    ("image_gan", "export", ["-o"], "out.onnx"),
]


@pytest.mark.parametrize(("kind", "command", "words", "name"), COMMANDS)
def test_commands_refuse_bad_places_before_they_begin(
    kind, command, words, name, trained, project, monkeypatch, capsys
):
    monkeypatch.chdir(project)
    run, begin = str(trained(kind)), [command, str(trained(kind)), *words]
    assert cli.main([*begin, f"{run}/run.json/{name}"]) == 2
    assert cli.main([*begin, "/proc/nothing/" + name]) == 2
    wrong = "here.xyz" if command != "bundle" else "here.xyz.pt"
    assert cli.main([*begin, wrong]) == 2
    assert not (project / wrong).exists()
    printed = capsys.readouterr().err
    assert printed.count("artesano: ") == 3, printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("predict last images --batch-size -3", "--batch-size: -3 is not a whole number from 1"),
        ("predict last images --batch-size x", "--batch-size: x is not a whole number"),
        ("sample last --count 0", "--count: 0 is not"),
        ("sample last --seed -1", "--seed: -1 is not a whole number from 0"),
        ("sample last --truncation 0", "--truncation: 0 is not a number above 0"),
        ("predict last images --tile 0", "--tile: 0 is not"),
        ("predict last images --memory nan", "--memory: nan is not a number above 0"),
        ("evaluate last --samples -1", "--samples: -1 is not"),
        ("evaluate last --split xyz", "--split: invalid choice: 'xyz'"),
    ],
)
def test_numbers_that_make_no_sense(words, said, capsys):
    assert cli.main(words.split()) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


def test_a_graph_by_its_own_name(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["export", str(trained("gan")), "-o", "m.onnx"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.json", "m.onnx"]


def test_one_picture_by_its_own_name(trained, project, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    picture = str(project / "pictures" / "00.png")
    begin = ["predict", str(trained("image_gan")), picture]
    assert cli.main([*begin, "-o", "large.png"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["large.png"]
    assert cli.main([*begin, str(project / "pictures" / "01.png"), "-o", "large.png"]) == 2
    assert cli.main([*begin, "-o", picture]) == 2
    assert "2 pictures are to be read; give a folder" in capsys.readouterr().err


def test_a_bundle_cannot_be_repeated(source, capsys):
    assert cli.main(["rerun", source("transfer", "bundle")]) == 2
    assert "artesano rerun needs a run folder" in capsys.readouterr().err
