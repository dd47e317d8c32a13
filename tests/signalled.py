"""`python -m signalled <words>`: an `artesano` command that gets the signal NUMBER once it has logged the step STEP."""

import os
import runpy

from artesano.experiment.metrics_logger import MetricsCsv

log_metrics, left = MetricsCsv.log_metrics, [int(os.environ["STEP"])]


def logged(self, metrics, step=None):
    log_metrics(self, metrics, step)
    if step in left:
        left.remove(step)
        os.kill(os.getpid(), int(os.environ["NUMBER"]))


MetricsCsv.log_metrics = logged
runpy.run_module("artesano", run_name="__main__", alter_sys=True)
