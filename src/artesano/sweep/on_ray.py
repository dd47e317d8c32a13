"""Workers as Ray tasks, on the cluster that RAY_ADDRESS names or one of this machine."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

from artesano.errors import BadInput
from artesano.experiment.launcher import cores
from artesano.sweep.launch import PATIENCE, Order, obey
from artesano.sweep.share import visible_gpus
from artesano.sweep.storage import STORAGE

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no usage statistics are sent
if os.environ.get("RAY_ADDRESS") and (Path.home() / ".ray" / "auth_token").exists():
    os.environ.setdefault("RAY_AUTH_MODE", "token")  # as `ray start` does where there is one; ray.init does not
import ray

QUIET: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
STORE = 100 * 2**20  # bytes that tasks share: these share none


class Tasks:
    def __init__(self, order: Order, numbers: range):
        needs: dict[str, Any] = {"num_cpus": order.options.get("cpus", 1), "num_gpus": order.options.get("gpus", 0)}
        task = ray.remote(max_retries=-1, **needs)(obey)  # a worker is restarted when its machine fails
        self.tasks = {
            number: task.remote(
                order.arguments, order.env_elsewhere(number) | {STORAGE: order.storage}, os.getcwd(), order.log(number)
            )
            for number in numbers
        }

    def ended(self) -> dict[int, int | str]:
        done, _ = ray.wait(list(self.tasks.values()), num_returns=len(self.tasks), timeout=0)
        return {number: answer(task) for number, task in self.tasks.items() if task in done}

    def stop(self) -> None:
        for task in self.tasks.values():
            ray.cancel(task)
        until = time.monotonic() + PATIENCE
        while len(self.ended()) < len(self.tasks) and time.monotonic() < until:
            time.sleep(0.2)
        ray.shutdown()


def answer(task: ray.ObjectRef) -> int | str:
    try:
        return ray.get(task)
    except Exception as error:  # cancelled, or its machine is gone
        return (str(error).splitlines() or [type(error).__name__])[0]


def reach(address: str) -> None:
    """Raises OSError where no server answers; Ray itself would take minutes."""
    host, _, port = address.rpartition("//")[2].rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()


def start(order: Order, numbers: range) -> Tasks:
    address, on_sigterm = os.environ.get("RAY_ADDRESS"), signal.getsignal(signal.SIGTERM)
    try:
        if address:
            reach(address)
            ray.init(address=address, **QUIET)
        else:
            here: dict[str, Any] = {"num_cpus": cores(), "num_gpus": len(visible_gpus()), "object_store_memory": STORE}
            ray.init(address="local", include_dashboard=False, **here, **QUIET)
    except Exception as error:  # of many kinds
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInput(f"launcher=ray: no cluster at {address or 'this machine'} ({reason}).") from None
    signal.signal(signal.SIGTERM, on_sigterm)  # Ray has put its own in front
    there = ray.cluster_resources()
    for name, of_ray in (("cpus", "CPU"), ("gpus", "GPU")):
        if not address and order.options.get(name, 0) > there.get(of_ray, 0):
            ray.shutdown()
            has = f"{there.get(of_ray, 0):.0f}"
            raise BadInput(f"launcher.{name}={order.options[name]}: this machine has {has}, so no worker would start.")
    return Tasks(order, numbers)
