"""Ask this host's database server, five times a second, whether it is a writer.

`python3 program.py CONFIG` runs on a database host as the superuser of the server, over the local
socket, on one connection that is kept open: a superuser's slots are reserved, so a storm of
connections does not silence it. It asks through `psql`, which every database host has, so it needs
no package. A server that hangs makes a sample without answer; one that refuses connections, or has
gone away, is known to take no writes.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

QUESTION = (
    "select pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',"
    " case when pg_is_in_recovery()"
    " then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())"
    " else pg_current_wal_lsn() end;\n\\echo .\n"
)
CLOSED = ("the database system is", "No such file or directory", "Connection refused")
"""What `psql` says where the server takes no connection at all, so no write either."""
PATIENCE_S = 5.0
"""A question that is older is given up together with its connection."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the drill tells a probe; times in seconds."""

    host: str
    samples: str
    """File to which the samples are appended."""
    psql: str = "psql"
    database: str = "postgres"
    socket_folder: str = ""
    port: int = 5432
    step_s: float = 0.2


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said of itself."""

    recovery: bool
    read_only: bool
    lsn: str | None


Seen = Answer | Literal["silent", "closed", "lost"]
"""An answer; or silent (not yet), closed (it takes no connection), lost (for a cause unknown)."""


@dataclass(slots=True)
class Session:
    """One `psql` with one connection, asked one question at a time without ever blocking."""

    config: Config
    process: subprocess.Popen[bytes] | None = None
    asked_at: float | None = None
    received: bytes = b""
    complaint: bytes = b""

    def ask(self, until: float) -> Seen:
        """Ask, or go on waiting for the last question, up to the given monotonic moment."""
        if self.process is None:
            self.open()
        process = self.process
        assert process is not None
        assert process.stdin
        assert process.stdout
        assert process.stderr
        try:
            if self.asked_at is None:
                self.asked_at = time.monotonic()
                process.stdin.write(QUESTION.encode())
            while True:
                left = until - time.monotonic()
                ready, _, _ = select.select(
                    [process.stdout, process.stderr], [], [], max(0.0, left)
                )
                if not ready:
                    return self.give_up_or_wait()
                for stream in ready:
                    if not self.take(stream, is_answer=stream is process.stdout):
                        return self.close()
                seen = self.read()
                if seen is not None:
                    return seen
        except BrokenPipeError:
            return self.close()

    def open(self) -> None:
        """Start `psql`; it connects by itself and reads its questions from a pipe."""
        config = self.config
        argv = [
            config.psql,
            "-X",
            "-A",
            "-t",
            "-q",
            "-F",
            "|",
            "-p",
            str(config.port),
            "-d",
            config.database,
        ]
        if config.socket_folder:
            argv += ["-h", config.socket_folder]
        wanted = {"LC_ALL": "C", "PGCONNECT_TIMEOUT": "2", "PGAPPNAME": "hikae-probe"}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            argv, stdin=pipe, stdout=pipe, stderr=pipe, env=os.environ | wanted, bufsize=0
        )
        self.asked_at, self.received, self.complaint = None, b"", b""

    def take(self, stream: IO[bytes], *, is_answer: bool) -> bool:
        """Take what a pipe holds; False at its end."""
        data = os.read(stream.fileno(), 65536)
        if is_answer:
            self.received += data
        else:
            self.complaint = (self.complaint + data)[-2000:]
        return bool(data) or not is_answer

    def read(self) -> Answer | Literal["lost"] | None:
        """Give the answer if all of it is here; an answer without a row (an error) says nothing."""
        lines = self.received.decode("utf-8", "replace").split("\n")
        if "." not in lines[:-1]:
            return None
        self.asked_at, self.received = None, b""
        rows = [line.split("|") for line in lines if line.count("|") == 2]
        if not rows:
            return "lost"
        recovery, read_only, lsn = rows[-1]
        return Answer(recovery == "t", read_only == "t", lsn or None)

    def give_up_or_wait(self) -> Seen:
        """Say that nothing came, and drop a connection that has been silent for too long."""
        if self.asked_at is not None and time.monotonic() - self.asked_at > PATIENCE_S:
            self.close()
        return "silent"

    def close(self) -> Seen:
        """End `psql` and say what its last words mean."""
        process, self.process, self.asked_at = self.process, None, None
        if process is None:
            return "lost"
        process.kill()
        _, rest = process.communicate()
        said = (self.complaint + rest).decode("utf-8", "replace")
        return "closed" if any(words in said for words in CLOSED) else "lost"


@dataclass(slots=True)
class Probe:
    """Turns what each step has seen into a sample; one without answer repeats the last state."""

    config: Config
    last: Answer | None = None
    is_stopped: bool = False
    session: Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = Session(self.config)

    def run(self) -> None:
        """Sample until SIGTERM."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        step = self.config.step_s
        with Path(self.config.samples).open("a", encoding="utf-8", buffering=1) as file:
            due = time.monotonic()
            while not self.is_stopped:
                # Falling behind is no reason to ask twice: steps that were missed stay missed.
                due = max(due + step, time.monotonic())
                line = self.sample(self.session.ask(until=due))
                if line is not None:
                    file.write(line + "\n")
                time.sleep(max(0.0, due - time.monotonic()))
        self.session.close()

    def stop(self, number: int, frame: object) -> None:
        """End after this step."""
        self.is_stopped = True

    def sample(self, seen: Seen) -> str | None:
        """Give the line for one step; None while nothing at all is known yet."""
        answered = seen not in ("silent", "lost")
        if isinstance(seen, Answer):
            self.last = seen
        elif seen == "closed":
            was_in_recovery = self.last.recovery if self.last else True
            self.last = Answer(recovery=was_in_recovery, read_only=True, lsn=None)
        if self.last is None:
            return None
        state = {"recovery": self.last.recovery, "read_only": self.last.read_only}
        head = {"host": self.config.host, "at": round(time.time(), 6)}
        return json.dumps(head | state | {"answered": answered, "lsn": self.last.lsn})


def main() -> int:
    """Read the configuration named by the only argument and run the probe."""
    config = Config(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    Probe(config).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
