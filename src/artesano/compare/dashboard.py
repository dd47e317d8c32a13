"""The dashboard's server: Streamlit in this very process, for this machine alone."""

from __future__ import annotations

import socket
from pathlib import Path

from artesano.errors import BadInput
from artesano.extras import require
from artesano.file_names import expanded
from artesano.own_folders import outputs_root
from artesano.runs.find import find_run

PAGE = Path(__file__).with_name("dashboard_page.py")
HOST = "127.0.0.1"
FLAGS = {
    "server.address": HOST,
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",  # a traceback belongs to the terminal
    "logger.hideWelcomeMessage": "true",
    "logger.level": "warning",
    "theme.light.primaryColor": "#3f86bd",
    "theme.dark.primaryColor": "#5aa2d8",
}


def serve(places: list[str], port: int, browser: bool) -> None:
    """Show the page until Ctrl-C or SIGTERM.

    Args:
        places: folders of runs or runs, as `compare` takes them; none = the outputs folder.
        port: 1 to 65535.
        browser: open one, where there is a display.

    Raises:
        BadInput: a package of the dashboard is not installed, a place is none, or the port cannot be had.
    """
    require("dashboard", "the dashboard", "streamlit", "plotly")
    if not places and not outputs_root().is_dir():
        raise BadInput(f"{outputs_root()}: no such folder; name one with runs, or train first.")
    paths = [str(path) for path in resolved(places or [str(outputs_root())])]
    claim(port)
    from streamlit.web.cli import main as streamlit

    print(f"dashboard of {', '.join(paths)}\n\n  http://{HOST}:{port}\n\nCtrl-C ends it.", flush=True)
    flags = FLAGS | {"server.port": str(port)} | ({} if browser else {"server.headless": "true"})
    options = [f"--{name}={value}" for name, value in flags.items()]
    streamlit(["run", *options, str(PAGE), "--", *paths], standalone_mode=False)


def resolved(places: list[str]) -> list[Path]:
    """Folders as absolute paths, since `last` changes with the next run."""
    paths = [expanded(place).absolute() for place in places]
    return [path if path.is_dir() else find_run(place) for place, path in zip(places, paths, strict=True)]


def claim(port: int) -> None:
    """Raises BadInput where the port cannot be had; names one that can."""
    if not 1 <= port <= 65535:
        raise BadInput(f"--port {port}: give 1 to 65535.")
    try:
        listen(port)
    except OSError as error:
        raise BadInput(f"--port {port}: {str(error.strerror).lower()}; --port {listen(0)} is free.") from None


def listen(port: int) -> int:
    """Open the port and close it again; 0 = any that is free. Returns its number."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((HOST, port))
        return held.getsockname()[1]
