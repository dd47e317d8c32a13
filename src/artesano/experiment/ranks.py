"""The processes of one run: which is the first, which folder they share, what an engine has already started.

Lightning starts the others itself on one machine (they inherit the environment); torchrun and Slurm start all of them
at once, on one machine or many (they meet at the address that the engine gave them).
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch.distributed import Store

FOLDER = "ARTESANO_RUN_FOLDER"  # where the processes that Lightning starts find what the first one claimed
RANKS = ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID")
AROUND = (
    *RANKS,
    "WORLD_SIZE",
    "TORCHELASTIC_",
    "SLURM_",
    FOLDER,
)  # how the variables begin that tell of other processes


def is_main_process() -> bool:
    """False in the processes that Lightning (or torchrun, or Slurm) starts for the other devices."""
    return all(os.environ.get(name, "0") == "0" for name in RANKS)


def started_by() -> str | None:
    """`torchrun` or `slurm` where it has started several processes of this run; None = Lightning will, if any."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        return "torchrun"
    return "slurm" if int(os.environ.get("SLURM_NTASKS", "1")) > 1 and "SLURM_PROCID" in os.environ else None


def by_itself() -> dict[str, str]:
    """This environment for a run of its own, no process of the one that torchrun or Slurm may have started here."""
    return {name: text for name, text in os.environ.items() if not name.startswith(AROUND)}


def started() -> dict[str, int]:
    """`devices` of each machine and `num_nodes`, as the engine has started them; empty where it is for Lightning to do.

    Reads what torchrun (torch.distributed.run) and Slurm (srun) document.
    """
    engine, known = started_by(), os.environ
    if engine == "torchrun":
        return {"devices": int(known["LOCAL_WORLD_SIZE"]), "num_nodes": int(known["GROUP_WORLD_SIZE"])}
    if engine == "slurm":
        nodes = int(known.get("SLURM_NNODES", "1"))
        return {"devices": int(known["SLURM_NTASKS"]) // nodes, "num_nodes": nodes}
    return {}


def shared_folder(claim: Callable[[], Path]) -> Path:
    """The run folder: claimed, with its record, by the first process, and told to the others."""
    if is_main_process():
        folder = claim()
        os.environ[FOLDER] = str(folder)
        if started_by():
            meeting().set(FOLDER, str(folder))
        return folder
    return Path(meeting().get(FOLDER).decode() if started_by() else os.environ[FOLDER])


@functools.cache  # the first process serves it as long as somebody holds it
def meeting() -> Store:
    """The key-value store at the address that torchrun or Slurm gave; the process group will meet there too."""
    import torch.distributed
    from pytorch_lightning.plugins.environments import SLURMEnvironment, TorchElasticEnvironment

    engine: Any = TorchElasticEnvironment() if started_by() == "torchrun" else SLURMEnvironment(auto_requeue=False)
    url = f"tcp://{engine.main_address}:{engine.main_port}"
    return next(torch.distributed.rendezvous(url, engine.global_rank(), engine.world_size()))[0]
