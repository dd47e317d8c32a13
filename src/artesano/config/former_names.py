"""Names of earlier versions that run folders, bundles and YAML of users may still hold, and what replaces them."""

from __future__ import annotations

TARGETS = {
    "artesano.experiment.extractors.Evaluation": "artesano.evaluation.extractors.Evaluation",
    "artesano.experiment.pair_evaluation.PairEvaluation": "artesano.evaluation.pair_evaluation.PairEvaluation",
}
KINDS = {"image": "image_gan"}


def current_target(path: str) -> str:
    """The present path of a `_target_`."""
    return TARGETS.get(path, path)
