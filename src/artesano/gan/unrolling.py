"""Unrolled GANs: the generator learns against the discriminator of some updates later (arXiv 1611.02163).

The discriminator is updated k times on the generator's own batch, the generator minimises its loss against the result,
and its gradient also goes through these updates: it sees how the discriminator will answer, and moving all samples to
one mode no longer pays (Metz et al. 2017, equations 6 to 9). The updates follow the discriminator's own optimiser, from
the state it is in: the authors unroll Adam so (github.com/poolio/unrolled_gan), and plain gradient steps of Adam's
learning rates would hardly move a network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import SGD, Adam, Optimizer, RMSprop

from artesano.gan.adversarial_networks import AdversarialNetworks

#: under the root of Adam and RMSprop, where a dead unit's gradient has always been 0: a root's slope there is infinite
TINY = 1e-30
Memory = dict[str, Any]  # an optimiser's state of one parameter
Rule = Callable[[Tensor, Tensor, Memory, dict[str, Any]], Tensor]


def generator_loss(
    networks: AdversarialNetworks,
    optimizer: Any,
    steps: int,
    real: Tensor,
    fake: Tensor,
    *,
    labelled: Any = None,
    **given: Any,
) -> Tensor:
    """`networks.generator_loss(real, fake, **given)` against the discriminator of `steps` updates later.

    No weight, buffer or optimiser state of the discriminator changes: the updates act on copies. What terms and the
    image pool remember moves on in the copies too, but no gradient goes through it.

    The health monitor sees the logits of the later discriminator as those of the generator's update.

    Args:
        optimizer: the discriminator's, one of `RULES`.
        steps: 0 = the discriminator as it is.
        labelled: (images, labels) or None, for the discriminator's loss alone.
    """
    if not steps:
        return networks.generator_loss(real, fake, **given)
    rule, groups, memories = rule_of(optimizer), groups_of(optimizer), memories_of(networks.discriminator, optimizer)
    own = dict(networks.discriminator.named_parameters(prefix="discriminator"))
    weights = {name: weight.detach().clone().requires_grad_() for name, weight in own.items()}
    buffers = {name: value.clone() for name, value in networks.named_buffers() if not name.startswith("generator.")}
    seen = networks.last_discriminator
    for _ in range(steps):
        loss = functional_call(
            networks, weights | buffers, (networks.discriminator_loss, real, fake), {"labelled": labelled, **given}
        )
        gradients = torch.autograd.grad(loss, list(weights.values()), create_graph=True, allow_unused=True)
        weights = {
            name: weight if gradient is None else rule(weight, gradient, memories[name], groups[own[name]])
            for (name, weight), gradient in zip(weights.items(), gradients, strict=True)
        }
    networks.last_discriminator = seen  # the health monitor looks at the true update
    later = weights | {name: value for name, value in buffers.items() if name.startswith("discriminator.")}
    return functional_call(networks, later, (networks.generator_loss, real, fake), given)


def groups_of(optimizer: Optimizer) -> dict[Tensor, dict[str, Any]]:
    """The optimiser's options of each parameter."""
    return {parameter: group for group in optimizer.param_groups for parameter in group["params"]}


def memories_of(network: nn.Module, optimizer: Optimizer) -> dict[str, Memory]:
    """A copy of the optimiser's state of each parameter, by name; the rules replace its tensors and change none."""
    named = network.named_parameters(prefix="discriminator")
    return {name: dict(optimizer.state.get(parameter, {})) for name, parameter in named}


# One update, as torch computes it, that can be differentiated ----------------------------------------------------


def adam(weight: Tensor, gradient: Tensor, memory: Memory, group: dict[str, Any]) -> Tensor:
    """The weight after one update; the memory moves on."""
    first, second = group["betas"]
    step = memory["step"] = memory.get("step", 0) + 1
    zero = torch.zeros_like(gradient)
    mean = memory["exp_avg"] = torch.lerp(memory.get("exp_avg", zero), gradient, 1 - first)
    square = memory["exp_avg_sq"] = torch.lerp(memory.get("exp_avg_sq", zero), gradient.square(), 1 - second)
    root = (square / (1 - second**step)).clamp(min=TINY).sqrt()
    return weight - group["lr"] / (1 - first**step) * mean / (root + group["eps"])


def sgd(weight: Tensor, gradient: Tensor, memory: Memory, group: dict[str, Any]) -> Tensor:
    """The same of gradient descent with momentum."""
    before = memory.get("momentum_buffer")
    moved = memory["momentum_buffer"] = gradient if before is None else group["momentum"] * before + gradient
    return weight - group["lr"] * moved


def rmsprop(weight: Tensor, gradient: Tensor, memory: Memory, group: dict[str, Any]) -> Tensor:
    """The same of RMSprop."""
    before = memory.get("square_avg", torch.zeros_like(gradient))
    square = memory["square_avg"] = torch.lerp(before, gradient.square(), 1 - group["alpha"])
    return weight - group["lr"] * gradient / (square.clamp(min=TINY).sqrt() + group["eps"])


RULES: dict[type[Optimizer], Rule] = {Adam: adam, SGD: sgd, RMSprop: rmsprop}
NOT_FOLLOWED = ("weight_decay", "amsgrad", "maximize", "nesterov", "dampening", "centered")  # by any rule


def rule_of(optimizer: Optimizer) -> Rule:
    """The differentiable update of this optimiser."""
    return next(rule for kind, rule in RULES.items() if isinstance(optimizer, kind))


def not_followed(optimizer: Optimizer) -> list[str]:
    """Options that are on and that its rule knows nothing of: `weight_decay=0.1`."""
    names = [*NOT_FOLLOWED, *(["momentum"] if isinstance(optimizer, RMSprop) else [])]
    on = (f"{name}={group[name]}" for group in optimizer.param_groups for name in names if group.get(name))
    return list(dict.fromkeys(on))
