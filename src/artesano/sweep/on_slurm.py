"""Workers as Slurm jobs, submitted with submitit; `launcher.cluster=local` tries the same out without Slurm."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import time

import submitit

from artesano.errors import BadInput
from artesano.experiment.stop import StopSignals
from artesano.sweep.launch import PATIENCE, Order, last_words, obey
from artesano.sweep.storage import STORAGE

EVERY = 10.0  # seconds between two questions to Slurm
WARNED = 90  # seconds before its time limit, or a quarter of a short one, a job is told to stop


class Jobs:
    """Jobs of Slurm. Only `squeue` is used, since not every cluster keeps accounts of jobs that have ended."""

    def __init__(self, executor: submitit.Executor, order: Order, numbers: range):
        os.environ[STORAGE] = order.storage  # jobs get this environment from Slurm; their arguments lie in files
        with executor.batch():
            submitted = [
                executor.submit(
                    run_worker, order.arguments, order.env_elsewhere(number), os.getcwd(), order.log(number)
                )
                for number in numbers
            ]
        self.jobs = dict(zip(numbers, submitted, strict=True))
        self.there, self.looked = {job.job_id for job in submitted}, time.monotonic()

    def ended(self) -> dict[int, int | str]:
        if self.of_slurm() and time.monotonic() - self.looked > EVERY:
            self.there, self.looked = in_queue() or self.there, time.monotonic()
        return {number: answer(job) for number, job in self.jobs.items() if self.over(job)}

    def over(self, job: submitit.Job) -> bool:
        if job.paths.result_pickle.exists():
            return True
        return job.job_id not in self.there if self.of_slurm() else job.done()

    def of_slurm(self) -> bool:
        return isinstance(next(iter(self.jobs.values())), submitit.SlurmJob)

    def stop(self) -> None:
        for job in self.jobs.values():
            job.cancel(check=False)
        until = time.monotonic() + PATIENCE
        while len(self.ended()) < len(self.jobs) and time.monotonic() < until:
            time.sleep(0.5)


def run_worker(arguments: list[str], env: dict[str, str], cwd: str, log: str) -> int:
    """What Slurm runs. Its SIGTERM, which submitit would ignore, stops the worker."""
    with StopSignals():
        return obey(arguments, env, cwd, log)


def in_queue() -> set[str]:
    """`17_0`, `17_1` ...: this user's jobs, waiting or running; empty if Slurm does not answer."""
    done = subprocess.run(["squeue", "--me", "-h", "-r", "-o", "%A %F_%K"], capture_output=True, text=True, check=False)
    return {"", *done.stdout.split()} if done.returncode == 0 else set()


def answer(job: submitit.Job) -> int | str:
    if not job.paths.result_pickle.exists():
        return f"Slurm job {job.job_id} was cancelled, or its time is over, or its machine failed"
    try:
        return job.result()
    except Exception:  # submitit's own kinds, with the whole log in them
        last = last_words(job.paths.stderr)
        return f"Slurm job {job.job_id}: " + ("its time is over" if "timed-out" in last else last)


def start(order: Order, numbers: range) -> Jobs:
    logging.getLogger("submitit").setLevel(logging.ERROR)
    options = order.options
    cluster = options.get("cluster", "slurm")
    if cluster == "slurm" and not shutil.which("sbatch"):
        advice = "run this on a machine with sbatch, or try it here with launcher.cluster=local"
        raise BadInput(f"launcher=slurm: there is no program sbatch on this machine; {advice}.")
    executor = submitit.AutoExecutor(folder=order.folder / "slurm", cluster=cluster)
    own = {name: options[name] for name in ("partition", "account", "qos") if name in options}
    executor.update_parameters(
        name=f"sweep-{order.folder.name}",
        timeout_min=options["minutes"],
        tasks_per_node=1,
        cpus_per_task=options.get("cpus", 1),
        slurm_signal_delay_s=min(WARNED, 15 * options["minutes"]),
        **({"gpus_per_node": options["gpus"]} if options.get("gpus") else {}),
        **({"mem_gb": options["memory"]} if "memory" in options else {}),
        **{f"slurm_{name}": what for name, what in own.items()},
    )
    try:
        return Jobs(executor, order, numbers)
    except submitit.core.utils.FailedJobError as error:  # a partition or an account that is not there
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise BadInput(f"launcher=slurm: sbatch refuses ({lines[-1]}).") from None
