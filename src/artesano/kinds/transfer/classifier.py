"""A trained classifier, or a pretrained backbone, as it is used from Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor, nn

from artesano.data.io.python_images import list_images
from artesano.data.io.stream import stream
from artesano.data.preprocessing import Preprocessing
from artesano.errors import BadInput
from artesano.kinds.transfer.calibration import Calibration
from artesano.kinds.transfer.labelling import Cuts, Labelling, Threshold, labelling_of
from artesano.kinds.transfer.prediction import Prediction
from artesano.kinds.transfer.refusal import Refusal, refusal
from artesano.training.memory_format import memory_format
from artesano.transfer.network import Classifier

if TYPE_CHECKING:
    import pandas as pd

BATCH = 32


@dataclass(frozen=True)
class LoadedClassifier:
    """A classifier in eval mode, as `artesano.load` returns it for a run of task=transfer.

    `predict`, `logits` and `features` take an image or several, each of any size: a path, a PIL image, a uint8 array
    [H, W, C] or a uint8 tensor [C, H, W]; several are a folder, a glob, a list, an array [N, H, W, C] or a tensor
    [N, C, H, W]. They are resized, cropped and normalised as the run itself did.

    Attributes:
        network: a plain `nn.Module`: normalised images float [N, C, S, S] -> logits [N, K]. Of a backbone that was
            loaded without classifier: -> features.
        preprocessing: how the run resizes, crops and normalises images.
        classes: names in the order of the logits; empty for a backbone without classifier.
        record: run.json; empty for a backbone.
        folder: of the run; None for a backbone.
        calibration: what makes its logits probabilities; None = softmax alone, for a backbone, a run of an older
            version and a state that is not the best checkpoint. Runs with several labels have none.
        refusal: which images are labelled `unknown`; None = none.
    """

    network: nn.Module = field(repr=False)  # prints too much for the end of a notebook cell
    preprocessing: Preprocessing
    classes: list[str]
    record: dict[str, Any] = field(repr=False)
    folder: Path | None
    calibration: Calibration | None = field(default=None, repr=False)
    refusal: Refusal | None = None

    @property
    def transform(self) -> Callable[[Image.Image], Tensor]:
        """A transform for torchvision's data sets, the one of the run's own evaluation: PIL image -> normalised float
        tensor [C, S, S], which `network` takes."""
        return self.preprocessing.tensor

    @property
    def labelling(self) -> Labelling:
        """Whether the network gives an image one label or several, and what follows from it."""
        return labelling_of(self.record.get("model", {}), self.calibration)

    def predict(
        self,
        images: Any,
        threshold: Threshold = None,
        *,
        reject: float | None = None,
        coverage: float | None = None,
        accuracy: float | None = None,
    ) -> dict[str, Any] | pd.DataFrame:
        """The classes of images.

        Args:
            reject, coverage, accuracy: at most one of them, of a run with one label: images are labelled `unknown`
                whose best probability is below `reject`; that are less like the classes than the share `coverage` of
                the run's images of val; or whose probability is too low for answers of this `accuracy` on val.
            threshold: of a run with several labels, the probability from which an image gets one (0.5); `tuned` =
                those with the best F1 on the validation images.

        Returns:
            Of one image a dict with `path` (None for an image in memory), `label`, `probability`, and `top5`, a list of
            (label, probability); of a run with several labels `labels` in the place of `label` and `probability`, a
            list like `top5`. Of several images a `pandas.DataFrame` with these columns and `error`, one row for each,
            in order; a file that cannot be read has an error and no label.

        Raises:
            BadInput: no such file, something that is no image, one image that cannot be read, or a threshold that is
                out of range or that the run cannot set.
        """
        several, single = list_images(images)
        classifier = self.refusing(reject, coverage, accuracy)
        rows = [prediction.row() for prediction in classifier.predictions(several, threshold=threshold)]
        if not single:
            import pandas as pd

            return pd.DataFrame(rows, columns=list(self.labelling.prediction.columns))
        if error := rows[0].pop("error"):
            raise BadInput(f"{several[0]}: {error}")
        return rows[0]

    def logits(self, images: Any) -> Tensor:
        """Logits before softmax, float32 on the CPU: [K] of one image, [N, K] of several.

        Raises:
            BadInput: no such file, something that is no image, or a file that cannot be read.
        """
        return self._collected(images, self)

    def features(self, images: Any) -> Tensor:
        """Pooled features of the backbone, float32 on the CPU: [D] of one image, [N, D] of several.

        Raises:
            BadInput: as for `logits`.
        """
        return self._collected(images, self.features_of)

    def predictions(
        self, images: Sequence[str | Image.Image], batch_size: int = BATCH, threshold: Threshold = None
    ) -> Iterator[Prediction]:
        """Predictions for files and PIL images, read and computed batch by batch."""
        labelling = self.labelling
        cuts = labelling.cuts(threshold)
        for batch in stream(images, self.preprocessing, batch_size):
            answers = iter(self.predictions_of(batch.images, cuts))
            for image, error, remark in zip(batch.sources, batch.errors, batch.remarks, strict=True):
                path = image if isinstance(image, str) else None
                if error is not None:
                    yield labelling.prediction(path, error=error)
                    continue
                yield replace(next(answers), path=path, remark=remark)

    def predictions_of(self, images: Tensor, cuts: Cuts = None) -> list[Prediction]:
        """Of uint8 [N, C, S, S], resized and cropped."""
        if not len(images):
            return []
        return self.answers(self(images), cuts)

    def answers(self, logits: Tensor, cuts: Cuts = None) -> list[Prediction]:
        """What logits [N, K] say, with `cuts` or those of no threshold."""
        labelling = self.labelling
        cuts = labelling.cuts(None) if cuts is None else cuts
        refused = self.refusal(logits).tolist() if self.refusal else [False] * len(logits)
        answers = (labelling.predict(one, self.classes, cuts) for one in labelling.probabilities(logits))
        return [replace(answer, known=not unknown) for answer, unknown in zip(answers, refused, strict=True)]

    def refusing(self, reject: float | None, coverage: float | None, accuracy: float | None) -> LoadedClassifier:
        """The same classifier with a threshold for refusing images; see `predict`.

        Raises:
            BadInput: more than one of the three, or one that this run cannot set.
        """
        if not self.labelling.refuses and any(one is not None for one in (reject, coverage, accuracy)):
            raise BadInput(
                "--reject, --coverage, --accuracy: this run gives an image any number of labels, also none; give "
                "--threshold."
            )
        return replace(self, refusal=refusal(self.calibration, reject, coverage, accuracy) or self.refusal)

    @torch.no_grad()
    def __call__(self, images: Tensor) -> Tensor:
        """uint8 [N, C, S, S], resized and cropped -> logits [N, K] on the CPU.

        Raises:
            BadInput: images of another dtype, whose range is unknown.
        """
        return self.network(self.network_input(images)).float().cpu()

    @torch.no_grad()
    def features_of(self, images: Tensor) -> Tensor:
        """uint8 [N, C, S, S], resized and cropped -> pooled features [N, D] on the CPU."""
        network = self.network.features if isinstance(self.network, Classifier) else self.network
        return network(self.network_input(images)).float().cpu()

    def _collected(self, images: Any, compute: Callable[[Tensor], Tensor]) -> Tensor:
        several, single = list_images(images)
        parts = []
        for batch in stream(several, self.preprocessing, BATCH):
            if any(batch.errors):
                failed = zip(batch.sources, batch.errors, strict=True)
                raise BadInput(
                    *(f"{image}: {error}" for image, error in failed if error),
                    "every image needs a row here; leave out what cannot be read.",
                )
            parts.append(compute(batch.images))
        return parts[0][0] if single else torch.cat(parts)

    def network_input(self, images: Tensor) -> Tensor:
        """uint8 [N, C, S, S], resized and cropped -> what `network` takes, on its device.

        Raises:
            BadInput: images of another dtype, whose range is unknown.
        """
        if images.dtype != torch.uint8:
            raise BadInput(
                f"images: {str(images.dtype).removeprefix('torch.')}, whose range is unknown; give uint8, 0 to 255, "
                "or normalised images to `network`."
            )
        device = next(self.network.parameters()).device
        images = self.preprocessing.normalise(images.to(device))
        return images.contiguous(memory_format=memory_format(self.network, "auto"))
