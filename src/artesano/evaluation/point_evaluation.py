"""The configuration `evaluation.*` of GANs on points."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from artesano.evaluation.extractors import Samples


@dataclass
class PointEvaluation:
    """What is measured; every metric has beside it, as `..._floor`, what as many fresh real points reach.

    Args:
        samples: generated points at the end, for the best and the last generator; 0 = do not measure.
        samples_in_training: the same at each validation; 0 = not while training.
        batch_size: points generated at once.
        raw: measure the generator itself beside its moving average.
    """

    samples: Samples = 2500
    samples_in_training: Samples = 2500
    batch_size: Annotated[int, Field(ge=1)] = 512
    raw: bool = True
