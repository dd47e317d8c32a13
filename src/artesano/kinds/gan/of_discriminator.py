"""What the discriminator says of the real test images: their class, and the value of InfoGAN's discrete code."""

from __future__ import annotations

import torch
from torch import Tensor

from artesano.data.loaders import Loaders
from artesano.gan.module import GanModule
from artesano.metrics.class_scores import code_information, code_purity
from artesano.metrics.distribution import protocol


def discriminator_metrics(module: GanModule, loaders: Loaders, names_classes: bool) -> dict[str, float]:
    """`test/...` of the heads that the discriminator has; a code is compared with labels where the data have classes.

    `code_purity_q_1k`: Q, the head that predicts the latent's codes (the first discrete one), on 1,000 real images.

    Args:
        names_classes: it has a head for the class.
    """
    values = module.latent.categorical[0] if module.latent.categorical and len(loaders.classes) > 1 else 0
    if not names_classes and not values:
        return {}
    classes, codes, labels = said(module, loaders, values)
    metrics = {}
    if names_classes:
        metrics["test/discriminator_accuracy"] = float((classes == labels).double().mean())
    if values:
        ending = protocol("q", len(labels), len(labels))
        metrics[f"test/code_purity_{ending}"] = code_purity(codes, labels)
        metrics[f"test/code_nmi_{ending}"] = code_information(codes, labels)
    return metrics


@torch.no_grad()
def said(module: GanModule, loaders: Loaders, values: int) -> tuple[Tensor, Tensor, Tensor]:
    """int64 [N] each: class and code with the largest logit, 0 where there is no such head, and the label.

    Args:
        values: of the first discrete code.
    """
    discriminator = module.networks.discriminator.eval()
    told = getattr(discriminator, "reads_labels", False)
    rows = []
    for batch in loaders.evaluate("test"):
        images = loaders.prepare(batch, None).images.to(module.device, memory_format=module.memory_format)
        output = discriminator(images, batch.labels.to(module.device) if told else None)
        none = torch.zeros_like(batch.labels)
        classes = none if output.classes is None else output.classes.argmax(1).cpu()
        codes = output.codes[:, :values].argmax(1).cpu() if values else none
        rows.append(torch.stack([classes, codes, batch.labels]))
    discriminator.train()
    classes, codes, labels = torch.cat(rows, 1)
    return classes, codes, labels
