"""L2-SP: the distance to the pretrained weights as a term of the loss (Li et al. 2018, arXiv 1802.01483)."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.training.fingerprint import fingerprint
from artesano.training.low_rank import is_update, updates
from artesano.transfer.network import Classifier


class StartingPoint:
    """The weights of a backbone that learn, as they are before step 0.

    They are not in a checkpoint, which they would make larger by half: a resumed run reads its pretrained weights again
    before its own, and the fingerprint, which is in the checkpoint, tells whether they are the same.

    Args:
        names: of the parameters that learn; those of the head start from nothing and are left out.

    Raises:
        BadInput: nothing of the backbone learns.
    """

    def __init__(self, classifier: Classifier, names: Collection[str]):
        self.weights = {
            name: parameter.detach().clone()
            for name, parameter in classifier.named_parameters()
            if name in names and name.startswith("backbone.") and not is_update(name)
        }
        if not self.weights and not updates(classifier):
            raise BadInput("strategy.l2_sp: with this strategy nothing of the backbone learns; give 0.")
        self.fingerprint = fingerprint(self.weights)

    def squared_distance(self, classifier: Classifier) -> Tensor:
        """Sum over all weights of (w - w0)^2; the distance of a low-rank update is the update itself."""
        parts = [update.update() for update in updates(classifier)]
        for name, parameter in classifier.named_parameters():
            if name in self.weights:
                self.weights[name] = self.weights[name].to(parameter)  # moved once
                parts.append(parameter - self.weights[name])
        return torch.stack([part.float().square().sum() for part in parts]).sum()
