"""Storage of a study: two kinds of files, or a database for several machines."""

from __future__ import annotations

import errno
import json
import os
import re
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import unquote

import sqlalchemy
from filelock import lock_descriptor
from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from sqlalchemy.exc import ArgumentError, DBAPIError

from artesano.errors import BadInput, nearest

STORAGE = "ARTESANO_STORAGE"  # storage= of the environment: a password there is in no command line, log or pickle
FILES = ("journal", "sqlite")
SCHEMES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")
UNREACHABLE = (StorageInternalError, DBAPIError)  # what a database that restarts raises
FULL = (errno.ENOSPC, errno.EDQUOT)
CONNECT = 10  # seconds

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Storage:
    """What `storage=` names.

    Args:
        word: `journal`, `sqlite` (files in the sweep's folder), `sqlite:///<file>` or `postgresql://...`.
        folder: of the sweep; its name is the study's.
    """

    word: str
    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'study.db'}" if self.word == "sqlite" else self.word

    @property
    def shown(self) -> str:
        """Without a password: all that is ever printed or written."""
        return hidden(self.word)

    @property
    def for_dashboard(self) -> str:
        return str(self.folder / "study.journal") if self.word == "journal" else hidden(self.url)

    def check(self) -> None:
        """Raises BadInput: no such kind."""
        if self.word in FILES or self.word.startswith(SCHEMES):
            return
        likely = nearest(self.word.partition(":")[0], ["journal", "sqlite", "postgresql"])
        accepted = "journal, sqlite, sqlite:///<file> and postgresql://<user>@<host>/<database> are accepted"
        raise BadInput(f"storage={self.shown}: {accepted}.{likely}")

    @contextmanager
    def usable(self) -> Iterator[None]:
        """Raises BadInput for what goes wrong inside: no driver, not reachable; never with the password."""
        try:
            yield
        except ImportError:
            reason = "the driver psycopg is missing; pip install 'artesano[postgres]'."
            raise BadInput(f"storage={self.shown}: {reason}") from None
        except (*UNREACHABLE, ArgumentError, ValueError, KeyError, OSError) as error:
            if getattr(error, "errno", None) in FULL:
                raise
            raise BadInput(f"storage={self.shown}: cannot be used ({self.reason(error)}).") from None

    def opened(self) -> BaseStorage:
        if self.word == "journal":
            return JournalStorage(Journal(str(self.folder / "study.journal")))
        files = self.url.startswith("sqlite")
        options = {"connect_args": {"timeout": 60}} if files else {**TO_SERVER, "pool_size": 1, "max_overflow": 1}
        return RDBStorage(self.url, engine_kwargs=options)

    def reason(self, error: BaseException) -> str:
        """The most informative line of an error, without a password."""
        cause = error.__cause__ if isinstance(error, StorageInternalError) and error.__cause__ else error
        if isinstance(cause, DBAPIError) and cause.orig is not None:
            cause = cause.orig
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        lines = [line.strip("- ") for line in str(cause).splitlines() if line.strip()]
        telling = [line for line in lines if re.search(r"failed|FATAL|full|locked|refused", line)]
        return hidden((telling or lines or [type(cause).__name__])[0], self.word)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One worker at a time may count trials and ask for one, so that no more than `n_trials` begin."""
        if self.word.startswith("postgresql"):
            with self.engine.begin() as connection:
                number = zlib.crc32(f"artesano {self.folder.name}".encode())
                connection.execute(sqlalchemy.text("select pg_advisory_xact_lock(:number)"), {"number": number})
                yield
            return
        beside = f"{self.word.removeprefix('sqlite:///')}.turn" if self.word.startswith("sqlite:") else ".turn"
        with (self.folder / beside).open("a") as stream:
            lock_descriptor(stream.fileno())
            yield

    @cached_property
    def engine(self) -> sqlalchemy.Engine:
        """Used for this lock only, and closed while trials run."""
        return sqlalchemy.create_engine(self.url, poolclass=sqlalchemy.NullPool, connect_args=TO_SERVER["connect_args"])


TO_SERVER: dict[str, Any] = {"pool_pre_ping": True, "connect_args": {"connect_timeout": CONNECT}}


class Journal(JournalFileBackend):
    """Optuna's journal, but a line that could not be written whole (a full disk, a killed worker) is cut off again.

    Otherwise the next line would be joined to it, and the study could not be read any more.
    """

    def __init__(self, path: str):
        self.path, self.lock = path, JournalFileOpenLock(path)
        super().__init__(path, self.lock)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()
        self.lock.acquire()
        try:
            with open(self.path, "r+b", buffering=0) as stream:
                end = whole(stream)
                stream.truncate(end)
                try:
                    stream.seek(end)
                    while lines:
                        lines = lines[stream.write(lines) :]
                    os.fsync(stream.fileno())
                except OSError:
                    stream.truncate(end)
                    raise
        finally:
            self.lock.release()


def whole(stream: BinaryIO) -> int:
    """How many bytes of a file of lines end with one."""
    end = stream.seek(0, os.SEEK_END)
    while end:
        start = stream.seek(max(0, end - 65536))
        last = stream.read(end - start).rfind(b"\n")
        if last >= 0:
            return start + last + 1
        end = start
    return 0


def hidden(text: str, url: str = "") -> str:
    """The text with the password of any URL in it, and with that of `url`, as `***`."""
    text = re.sub(r"(://[^:/@\s]*):.*@", r"\1:***@", text)
    text = re.sub(r"(?i)(password=)[^&\s]*", r"\1***", text)
    match = re.search(r"://[^:/@]*:(.*)@", url) or re.search(r"(?i)password=([^&]*)", url)
    for word in (match[1], unquote(match[1])) if match else ():
        text = text.replace(word, "***") if word else text
    return text


def patiently(call: Callable[[], Answer], seconds: float) -> Answer:
    """Retry while a database restarts, so that no trial is lost."""
    until = time.monotonic() + seconds
    while True:
        try:
            return call()
        except UNREACHABLE:
            if time.monotonic() > until:
                raise
            time.sleep(1)
