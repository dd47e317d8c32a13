"""What the fork server imports before it forks; importing this file makes a process the server (`experiment/start.py`).

Nothing here computes, starts a thread or touches a GPU.
"""

import gc
import signal

from artesano.experiment.start import STOPPING

# A signal to the whole process group is meant for the jobs, which get it from their parent. Blocked and not ignored: a
# signal for a job that has just been forked waits until the job unblocks it.
signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)

import matplotlib.backends.backend_agg  # noqa: E402
import matplotlib.pyplot  # noqa: E402, F401
import wandb  # noqa: E402, F401

import artesano.experiment.train  # noqa: E402
import artesano.kinds.gan.experiment  # noqa: E402
import artesano.kinds.image_gan.experiment  # noqa: E402
import artesano.kinds.points.experiment  # noqa: E402
import artesano.kinds.transfer.experiment  # noqa: E402, F401

gc.collect()
gc.freeze()  # what is here stays out of the children's collections, which would copy its pages
