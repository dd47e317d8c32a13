"""`python -m in_folder <words>`: an `artesano` command in the folder FOLDER; forked processes begin in the server's."""

import os
import runpy

os.chdir(os.environ["FOLDER"])
runpy.run_module("artesano", run_name="__main__", alter_sys=True)
