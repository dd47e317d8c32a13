"""Dashboard: runs beside each other, live in the browser, also while they train.

  artesano dashboard                           all runs below outputs/
  artesano dashboard outputs/sweeps/first      one folder
  artesano dashboard --port 8600 --no-browser  print the address only; for a machine elsewhere:
  ssh -L 8600:127.0.0.1:8600 <machine>         and open http://127.0.0.1:8600 here

It shows the sections of `artesano compare --html` for the selected runs (curves, differences, pictures, importance of
keys, health, failures), and updates those that train. Only this machine can reach it. Needs artesano[dashboard]."""

from __future__ import annotations

import argparse

PORT = 8501


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("places", nargs="*", metavar="folder or run", help="folders of runs, runs, numbers, last")
    parser.add_argument("--port", type=int, default=PORT, help=f"of 127.0.0.1 ({PORT})")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="print the address and open nothing")


def main(args: argparse.Namespace) -> int:
    from artesano.compare.dashboard import serve

    serve(args.places, args.port, args.browser)
    return 0
