#!/bin/sh
# What only a GPU can show, in under nine minutes; without a GPU it says what it would do. See gpu_check.py.
here=$(dirname "$0")
python=$here/../.venv/bin/python
[ -x "$python" ] || python=python3
exec "$python" "$here/gpu_check.py" "$@"
