"""What this process is and how it behaves: rank, memory allocator, noise of the libraries."""

from __future__ import annotations

import ctypes
import logging
import os
import sys
import warnings
from datetime import timedelta
from functools import cache
from pathlib import Path

import torch

# Ranks that Lightning starts find here the folder that the first one claimed.
FOLDER = "ARTESANO_RUN_FOLDER"
STORED = f"artesano/folder/{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}"


def is_main_process() -> bool:
    """False in the processes that Lightning (or torchrun, or Slurm) starts for the other devices."""
    return all(os.environ.get(name, "0") == "0" for name in ("LOCAL_RANK", "RANK", "SLURM_PROCID"))


def share(folder: Path) -> None:
    """Tell the other processes of this run where it is, once its record is there.

    Those that Lightning starts inherit it; those that torchrun or Slurm has started ask for it.
    """
    os.environ[FOLDER] = str(folder)
    if (store := meeting_point()) is not None:
        store.set(STORED, str(folder))


def shared_folder() -> Path:
    """What the main process has shared."""
    if FOLDER in os.environ:
        return Path(os.environ[FOLDER])
    store = meeting_point()
    if store is None:
        raise RuntimeError("a process of a distributed run that neither Lightning, torchrun nor Slurm has started")
    return Path(store.get(STORED).decode())


@cache  # it must live as long as somebody may ask
def meeting_point() -> torch.distributed.TCPStore | None:
    """Where processes started by torchrun or Slurm find each other; None for a single process.

    torchrun keeps a store for its processes; elsewhere the main one opens one beside the port that training will use.
    """
    from pytorch_lightning.plugins.environments import SLURMEnvironment, TorchElasticEnvironment

    kinds = (TorchElasticEnvironment, SLURMEnvironment)
    around = next((kind() for kind in kinds if kind.detect()), None)
    if around is None or around.world_size() < 2:
        return None
    kept = os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    return torch.distributed.TCPStore(
        around.main_address,
        around.main_port if kept else around.main_port + 1,
        is_master=is_main_process() and not kept,
        wait_for_workers=False,
        timeout=timedelta(minutes=10),
    )


def keep_freed_memory() -> None:
    """Tell glibc to keep what training frees instead of giving it back and faulting it in again at every step.

    1.1 to 1.5 times faster steps on a CPU (malloc/malloc.c, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD). Works in
    the running process, so nobody has to set variables before Python starts; elsewhere than on glibc it does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3
    for option, value in ((mmap_threshold, 2**31 - 1), (trim_threshold, 2**31 - 1), (top_pad, 256 << 20)):
        mallopt(option, value)


def skip_cuda_checks() -> None:
    """Where there is no CUDA, undo what Lightning's import sets: torch would look for NVML's library at each step of an
    optimiser (0.25 ms)."""
    if not torch.cuda.is_available():
        os.environ.pop("PYTORCH_NVML_BASED_CUDA_CHECK", None)


def quieten() -> None:
    """Silence what Lightning says about things we do on purpose, and its advertisements."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    logging.getLogger("lightning_fabric").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*in eval mode at the start of training.*")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*LeafSpec.*")
    warnings.filterwarnings("ignore", message=".*smaller than the logging interval.*")
    warnings.filterwarnings("ignore", module="pytorch_lightning.*")
