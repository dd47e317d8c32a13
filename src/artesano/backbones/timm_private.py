"""All that timm does not document and that we use (tested with timm 1.0.20 to 1.0.31)."""

from __future__ import annotations

import sys

from torch import Tensor, nn

# What timm's model files call the function that renames foreign checkpoints and resamples position embeddings.
CONVERTERS = ("checkpoint_filter_fn", "_filter_fn", "_filter_torchvision_pretrained")


def converted(tensors: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor] | None:
    """The tensors of a foreign checkpoint under timm's names.

    Returns:
        None where timm has no converter for the model, or where it fails: it takes for granted that the file is of its
        architecture.
    """
    module = sys.modules[type(model).__module__]
    convert = next((getattr(module, name) for name in CONVERTERS if hasattr(module, name)), None)
    if convert is None:
        return None
    try:
        return convert(dict(tensors), model)
    except TypeError:
        try:
            return convert(dict(tensors))  # some take no model
        except Exception:
            return None
    except Exception:
        return None
