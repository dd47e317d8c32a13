"""`python -m forking <words>`: an `artesano` command that forks its processes from itself.

The server that it would start for them is cold, and imports for nine seconds what this process has imported already.
"""

import atexit
import multiprocessing
import os
import runpy

from artesano.experiment import start

start.prepare = lambda: None
os.register_at_fork(after_in_child=atexit._clear)  # else a child removes the temporary folders of its parent
multiprocessing.get_context = lambda _: multiprocessing.context.ForkContext()
runpy.run_module("artesano", run_name="__main__", alter_sys=True)
