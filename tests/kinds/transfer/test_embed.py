"""Features come back as written; the map and the neighbours are functions of them and the seed."""

import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from artesano import cli
from artesano.data.io.images import load_image
from artesano.data.io.inputs import find_images
from artesano.kinds.transfer import embed
from artesano.kinds.transfer.load import load
from artesano.metrics.neighbours import knn_accuracy


def test_features_in_the_file_are_the_networks(run, photos, ink, capsys):
    folder, network = run
    (photos / "azul" / "broken.jpg").write_text("no image")
    assert cli.main(["embed", str(folder), str(photos)]) == 0
    said = capsys.readouterr().out
    assert "k-NN accuracy" in said
    assert "broken.jpg: not an image" in said
    (table,) = (folder / "embeddings").glob("*/*.parquet")
    assert Image.open(table.with_suffix(".png")).format == "PNG"
    rows = pd.read_parquet(table)
    assert rows["path"].tolist() == [path for path in find_images([str(photos)]) if "broken" not in path]
    assert set(rows["label"]) == {"azul", "rojo", "verde ñ", "x, y"}
    preprocessing = load(folder).preprocessing
    pixels = torch.from_numpy(preprocessing(load_image(rows["path"][9])))[None]
    with torch.no_grad():
        expected = network.features(preprocessing.normalise(pixels))[0]
    np.testing.assert_allclose(rows["features"][9], expected.numpy(), rtol=1e-3, atol=1e-5)


def test_npz_of_a_data_set_and_of_unlabelled_images(run, photos, tmp_path, monkeypatch, capsys):
    folder, _ = run
    monkeypatch.chdir(tmp_path)
    words = ["data=folder", f"data.root={photos}"]
    assert cli.main(["embed", str(folder), *words, "-o", "out/all.npz"]) == 0
    arrays = np.load(tmp_path / "out" / "all.npz")
    assert arrays["features"].shape == (24, arrays["features"].shape[1])
    assert all(path.split("/")[-2] == label for path, label in zip(arrays["path"], arrays["label"], strict=True))
    assert "k-NN" in capsys.readouterr().out
    assert cli.main(["embed", str(folder), f"{photos}/rojo/1.png", "-o", "one.npz"]) == 0
    assert "k-NN" not in capsys.readouterr().out
    assert cli.main(["embed", str(folder), str(photos), "-o", "features.txt"]) == 2


def test_two_folders_of_one_name_have_tables_of_their_own(run, photos, tmp_path, monkeypatch):
    folder, home = run[0], run[0] / "embeddings"
    for parent, gone in (("a", 0), ("b", 2)):
        shutil.copytree(photos, tmp_path / parent / "test")
        for number in range(gone):
            (tmp_path / parent / "test" / "azul" / f"{number}.png").unlink()
    monkeypatch.chdir(tmp_path)

    def embed_all(*words):
        assert cli.main(["embed", str(folder), *words]) == 0
        return {table.parent.name: len(pd.read_parquet(table)) for table in home.glob("*/features.parquet")}

    assert embed_all("a/test") == {"test": 24}
    first = embed_all("b/test")
    (other,) = set(first) - {"test"}
    assert first == {"test": 24, other: 22}
    monkeypatch.chdir(tmp_path / "b")
    assert embed_all("test") == embed_all("../a/test/") == first
    assert sorted(embed_all("data=folder", "data.root=test").values()) == [22, 22, 24]


def test_map_is_a_function_of_the_seed():
    features = torch.randn(40, 8, generator=torch.Generator().manual_seed(0))
    first, method = embed.flatten(features)
    np.testing.assert_array_equal(first, embed.flatten(features)[0])
    assert method == "t-SNE"
    assert first.shape == (40, 2)
    for few in (1, 2, 9):
        points, method = embed.flatten(features[:few])
        assert points.shape == (few, 2)
        assert method == "PCA"


def test_neighbours_equal_brute_force():
    draw = torch.Generator().manual_seed(1)
    features, labels = torch.randn(90, 5, generator=draw), torch.randint(0, 3, (90,), generator=draw)
    features[torch.arange(90), labels] += 2
    unit = (features / features.norm(dim=1, keepdim=True)).numpy()
    right = 0
    for row in range(90):
        order = [other for other in np.argsort(-(unit @ unit[row])) if other != row][:5]
        votes = np.bincount(labels.numpy()[order], minlength=3).astype(float)
        near = np.zeros(3)
        np.add.at(near, labels.numpy()[order], unit[order] @ unit[row])
        right += int(np.lexsort((near, votes))[-1] == labels[row])
    assert knn_accuracy(features, labels) == pytest.approx(right / 90)
    assert np.isnan(knn_accuracy(features[:1], labels[:1]))
    assert knn_accuracy(torch.tensor([[1.0, 0], [1, 0.1], [0, 1]]), torch.tensor([0, 0, 1])) == pytest.approx(2 / 3)
