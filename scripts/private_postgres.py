"""A PostgreSQL of one's own while a `with` lasts: on loopback, a free port, in a temporary folder, with a password.

with private_postgres() as url: ...      # None where PostgreSQL is not installed (scripts/services.sh)
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MISSING = "no PostgreSQL here: scripts/services.sh installs it"


def programs() -> Path | None:
    """Where initdb and pg_ctl are; Debian has them outside of PATH."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((place for place in reversed(places) if (place / "pg_ctl").exists()), None)


@contextmanager
def private_postgres(connections: int = 100) -> Iterator[str | None]:
    place = programs()
    if place is None:
        yield None
        return
    user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}  # it refuses to run as root
    password = secrets.token_urlsafe(12)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="artesano-pg-"))
    data, log, word = folder / "data", folder / "log", folder / "password"
    word.write_text(password)
    if user:
        for path in (folder, word):
            shutil.chown(path, **user)
    settings = f"-h 127.0.0.1 -p {port} -k {folder} -c max_connections={connections}"

    def call(program: str, *arguments: str) -> None:
        subprocess.run([str(place / program), *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)

    try:
        call("initdb", "-D", str(data), "-U", "artesano", "-A", "scram-sha-256", f"--pwfile={word}")
        call("pg_ctl", "start", "-w", "-D", str(data), "-l", str(log), "-o", settings)
        yield f"postgresql://artesano:{password}@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            call("pg_ctl", "stop", "-m", "immediate", "-D", str(data))
        shutil.rmtree(folder, ignore_errors=True)
