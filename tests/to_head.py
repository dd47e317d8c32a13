"""`python -m to_head <words>`: an `artesano` command whose streams go to `head -1`, which ends at the first line."""

import os
import runpy
import subprocess
import sys

head = subprocess.Popen(["head", "-1"], stdin=subprocess.PIPE)
for stream in (1, 2):
    os.dup2(head.stdin.fileno(), stream)
head.stdin.close()
sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)  # no files any more
runpy.run_module("artesano", run_name="__main__", alter_sys=True)
