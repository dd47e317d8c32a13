"""`artesano embed`: images to features, as a table and as a map, and how well the features tell the classes apart."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from artesano import seeding
from artesano.config.overrides import normalise
from artesano.data.dataset import PARTS, ImageData
from artesano.data.io.inputs import class_folders, search
from artesano.data.io.stream import stream
from artesano.data.io.walk import Walk
from artesano.data.labels import of_image, text
from artesano.data.loaders import Loaders
from artesano.errors import BadInput
from artesano.extras import require
from artesano.figures.embedding import embedding_map
from artesano.file_names import Failure, failures, grouped, readable, remarked
from artesano.kinds.data_of_run import data_for, folder_of_data, folder_of_images
from artesano.kinds.places import file_to_write
from artesano.kinds.transfer.classifier import LoadedClassifier
from artesano.kinds.transfer.load import load, load_backbone
from artesano.metrics.neighbours import knn_accuracy
from artesano.next_steps import next_steps, quoted
from artesano.own_folders import outputs_root
from artesano.progress_bars import progress
from artesano.runs.folder import slug

MOST_SETS = 40  # sets of labels that a map tells apart by colour
DRAWN = 3000  # t-SNE of more points takes minutes and shows no more
ENDINGS = (".parquet", ".npz")


def command(run: str | None, inputs: list[str], arguments: Namespace) -> int:
    """Write the features and their map; `inputs` are images, or overrides of a data set."""
    require("embed", "embed", "sklearn", "pyarrow")
    of_data = inputs and all(word.startswith(("data=", "data.")) and not Path(word).exists() for word in inputs)
    output = given_path(arguments.output) if arguments.output else None
    data = data_for(inputs, None) if of_data else None
    searched = Walk() if data else search(inputs)
    loaded = load(run) if run else load_backbone(arguments.backbone, file=arguments.weights, classifier=False)
    name = loaded.folder.name if loaded.folder else arguments.backbone
    if data:
        embedding = embed_data(loaded, data)
    else:
        only_folder = inputs[0] if len(inputs) == 1 and Path(inputs[0]).is_dir() else None
        embedding = embed_files(loaded, searched.images, only_folder)
    output = output or folder_for(loaded, name, data, inputs) / "features.parquet"
    save(embedding, output)
    picture = output.with_suffix(".png")
    draw_map(embedding, picture, name)

    print(f"{len(embedding.paths):,} images, {embedding.features.shape[1]} features each: {output}\nmap: {picture}")
    for line in [*failures(embedding.failed), *embedding.messages, *grouped(searched.left_out)]:
        print(f"  {line}")
    if (accuracy := embedding.knn_accuracy()) is not None:
        print(f"k-NN accuracy (leave-one-out, k=5, cosine): {accuracy:.4f}")
    elif embedding.several:
        print("k-NN accuracy: of images with one label each; these may have several")
    backbone = loaded.record["model"]["backbone"] if loaded.folder else arguments.backbone
    next_steps(
        f"artesano train backbone={backbone} data=folder data.root=<labelled images>",
        f"artesano predict {quoted(loaded.folder) if loaded.folder else f'--backbone {backbone}'} <images>",
        f"artesano embed --backbone {backbone} data=mnist5k",
    )
    return 0


@dataclass(frozen=True)
class Embedding:
    """Features of images.

    Attributes:
        paths: [N].
        labels: [N] class names, or the names of all labels of an image as `cat;dog`; None where they are not known.
        features: float32 [N, D].
        failed: files that could not be read, as `path: reason`.
        messages: what else is worth a line.
        several: an image may have several labels.
    """

    paths: list[str]
    labels: list[str] | None
    features: Tensor
    failed: list[Failure]
    messages: list[str] = field(default_factory=list)
    several: bool = False

    def classes(self) -> tuple[list[str], Tensor] | None:
        """Sorted names and int64 [N], the place of each image's class among them."""
        if self.labels is None:
            return None
        names = sorted(set(self.labels))
        return names, torch.tensor([names.index(label) for label in self.labels])

    def knn_accuracy(self) -> float | None:
        """Leave-one-out accuracy of the five nearest by cosine; None without labels, or with several for an image."""
        classes = self.classes()
        return None if classes is None or self.several else knn_accuracy(self.features, classes[1])


def embed_files(loaded: LoadedClassifier, paths: Sequence[str], folder: str | None) -> Embedding:
    """Features of image files; classes are read from the subfolders of `folder`, the only input, if it is one."""
    kept, failed, remarks, features = [], [], [], []
    batches = stream(paths, loaded.preprocessing)
    for batch in progress(batches, -(-len(paths) // 32), "embedding"):
        if len(batch.images):
            features.append(loaded.features_of(batch.images))
        for path, error, remark in zip(map(str, batch.sources), batch.errors, batch.remarks, strict=True):
            if error is None:
                kept.append(path)
                remarks += [(path, remark)] if remark else []
            else:
                failed.append(Failure(path, error))
    if not kept:
        raise BadInput("none of the files could be read as an image.", *(f"  {line}" for line in failed[:10]))
    labels = class_folders(folder, kept) if folder else None
    return Embedding(kept, labels, torch.cat(features), failed, list(remarked(remarks)))


def embed_data(loaded: LoadedClassifier, data: ImageData) -> Embedding:
    """Features of all splits of a data set, with its labels."""
    data.listed_later = True  # among the messages of the embedding
    loaders = Loaders(data, loaded.preprocessing, seed=0)
    paths, labels, features = [], [], []
    for part in PARTS:
        batches = loaders.evaluate(part)
        for batch in progress(batches, len(batches), f"embedding {part}"):
            features.append(loaded.features_of(batch.images))
            numbers = batch.labels.numpy()
            labels += [text(of_image(numbers, row), loaders.classes) for row in range(len(numbers))]
            paths += loaders.names(part, batch.index)
    messages = loaders.listing.messages()
    return Embedding(paths, labels, torch.cat(features), list(loaders.skipped), messages, data.several)


def save(embedding: Embedding, path: Path) -> None:
    r"""Write path, label and features: .parquet (features as lists of fixed length) or .npz (three arrays).

    Bytes of a path that are no UTF-8 are written as `\xf1`: Parquet has no other text.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    labels = embedding.labels or [""] * len(embedding.paths)
    features = embedding.features.numpy()
    paths = [readable(path) for path in embedding.paths]
    if path.suffix == ".npz":
        np.savez(path, path=np.array(paths), label=np.array(labels), features=features)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    column = pa.FixedSizeListArray.from_arrays(pa.array(features.ravel()), features.shape[1])
    pq.write_table(pa.table({"path": paths, "label": labels, "features": column}), path)


def given_path(output: str) -> Path:
    """Where the user wants the table.

    Raises:
        BadInput: it ends in neither .parquet nor .npz, or its map would replace a picture.
    """
    path = file_to_write(output, ENDINGS)
    if not path.exists() and path.with_suffix(".png").exists():
        raise BadInput(f"-o {output}: the map would replace {path.with_suffix('.png')}; give another name.")
    return path


def folder_for(loaded: LoadedClassifier, backbone: str, data: ImageData | None, inputs: list[str]) -> Path:
    """A folder for these images in <run>/embeddings; without a run in embeddings below the outputs folder."""
    home = (loaded.folder or outputs_root()) / "embeddings"
    prefix = "" if loaded.folder else backbone
    if data is None:
        return folder_of_images(home, inputs, prefix)
    return folder_of_data(home, slug(f"{prefix} {Path(data.place()).name}"), normalise(inputs))


def draw_map(embedding: Embedding, path: Path, name: str, seed: int = 0) -> None:
    """Draw the features on a plane; of very many a seeded choice."""
    total = len(embedding.paths)
    chosen = torch.randperm(total, generator=seeding.generator(seed, "map"))[:DRAWN].sort().values
    points, method = flatten(embedding.features[chosen], seed)
    classes = embedding.classes()
    if classes is None or (embedding.several and len(classes[0]) > MOST_SETS):
        names, labels = None, None
    else:
        names, labels = [name or "no label" for name in classes[0]], classes[1][chosen].numpy()
    count = f"{total:,} images" if total <= DRAWN else f"{DRAWN:,} of {total:,} images"
    embedding_map(points, labels, names, path, f"{name}: {count}, {method}")


def flatten(features: Tensor, seed: int = 0) -> tuple[np.ndarray, str]:
    """[N, D] -> [N, 2] and the method: PCA to 50, then t-SNE (van der Maaten and Hinton 2008); PCA below 10 images.

    Features are brought to length 1 first, since only their direction tells classes apart.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    directions = F.normalize(features.float(), dim=1).numpy()
    if len(directions) == 1:
        return np.zeros((1, 2)), "PCA"
    few = len(directions) < 10
    components = min(2 if few else 50, *directions.shape)
    reduced = PCA(components, svd_solver="full", random_state=seed).fit_transform(directions)
    if few:
        return np.pad(reduced, ((0, 0), (0, 2 - components))), "PCA"
    perplexity = min(30.0, (len(reduced) - 1) / 3)
    tsne = TSNE(perplexity=perplexity, init="pca", random_state=seeding.derive(seed, "tsne") % 2**32)
    return tsne.fit_transform(reduced), "t-SNE"
