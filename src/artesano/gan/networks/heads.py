"""The heads of a discriminator: from the last hidden layer to its output."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from artesano.errors import BadInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.networks.minibatch import Minibatch, minibatch_layer
from artesano.gan.networks.norms import Projection

DiscriminatorConditioning = Literal["none", "channels", "projection", "classes"]


class Heads(nn.Module):
    """Logit, and what the conditioning and InfoGAN add to it.

    - `projection`: the inner product of features and class embedding joins the logit (Miyato and Koyama 2018,
      arXiv 1802.05637).
    - `classes`: class logits beside it (AC-GAN: Odena et al. 2017, arXiv 1610.09585).
    - `code_dim` > 0: parameters of the posterior of the codes (InfoGAN: Chen et al. 2016, arXiv 1606.03657).
    - `classes_are_logits`: logit = logsumexp of the class logits, the K-class discriminator of Salimans et al. 2016,
      section 5, whose K + 1st logit is fixed at 0.

    Args:
        features: length of the last hidden layer.
        hidden: units of the small net that reads the codes.
    """

    def __init__(
        self,
        features: int,
        *,
        conditioning: DiscriminatorConditioning = "none",
        num_classes: int = 0,
        code_dim: int = 0,
        minibatch: Minibatch = "none",
        classes_are_logits: bool = False,
        hidden: int = 128,
    ):
        super().__init__()
        if classes_are_logits and conditioning != "classes":
            raise BadInput(
                "discriminator.classes_are_logits: needs conditioning.discriminator=classes, "
                f"and that is '{conditioning}'."
            )
        if classes_are_logits and minibatch != "none":
            raise BadInput(
                f"hacks.minibatch: '{minibatch}' is not possible with discriminator.classes_are_logits=true: "
                "the class of an image does not depend on its batch. Use none."
            )
        self.minibatch = minibatch_layer(minibatch, features)
        inputs = features if self.minibatch is None else self.minibatch.outputs
        self.logit = None if classes_are_logits else nn.Linear(inputs, 1)
        self.projection = Projection(num_classes, features) if conditioning == "projection" else None
        self.classes = nn.Linear(features, num_classes) if conditioning == "classes" else None
        self.codes = None
        if code_dim:
            self.codes = nn.Sequential(nn.Linear(features, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, code_dim))

    def forward(self, features: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        """float [N, features], int64 [N] -> DiscriminatorOutput."""
        classes = None if self.classes is None else self.classes(features)
        if self.logit is None:
            assert classes is not None
            logits = classes.logsumexp(1)
        else:
            logits = self.logit(features if self.minibatch is None else self.minibatch(features)).squeeze(1)
        if self.projection is not None:
            logits = logits + (self.projection(labels) * features).sum(1)
        codes = None if self.codes is None else self.codes(features)
        return DiscriminatorOutput(logits, features, classes, codes)
