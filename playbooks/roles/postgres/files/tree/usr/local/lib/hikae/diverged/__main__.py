"""In place of pg_rewind (Patroni's `bin_name`): save what it would erase, then run it; refuse where that fails.

pg_rewind -D DATA --source-server CONNINFO …
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Patroni gives no path of modules; this folder's parent is where the package lies.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from diverged.save import save
from diverged.server import SaveFailed

_HOME = Path("/var/lib/postgresql/diverged")
_PROGRAMS = "/usr/lib/postgresql/{version}/bin"


def main(arguments: list[str]) -> int:
    """Save, then become the real pg_rewind; 1 where nothing may be erased."""
    if {"--help", "-?", "--version", "-V"} & set(arguments):
        # Patroni asks for help first: without an answer it takes a rewind for impossible and never tries.
        return _become(_any_programs(), arguments)
    data = Path(_value(arguments, "-D", "--target-pgdata") or "")
    source = _value(arguments, "--source-server", "--source-server")
    try:
        version = (data / "PG_VERSION").read_text().strip()
        programs = Path(os.environ.get("HIKAE_PG_PROGRAMS", _PROGRAMS.format(version=version)))
    except OSError as error:
        return _refuse(f"no data folder is named: {error}")
    home = Path(os.environ.get("HIKAE_DIVERGED", _HOME))
    if source is None:
        return _refuse("a rewind from a folder is not ours: name --source-server")
    try:
        home.mkdir(mode=0o700, exist_ok=True)
        saved = save(programs, data, source, home)
    except (SaveFailed, OSError) as reason:
        return _refuse(f"{reason}")
    _say(f"the diverged tail is saved in {saved}" if saved else "nothing diverged")
    return _become(programs, arguments)


def _become(programs: Path, arguments: list[str]) -> int:
    real = str(programs / "pg_rewind")
    return os.execv(real, [real, *arguments])


def _any_programs() -> Path:
    """The newest PostgreSQL on this host, where no data folder says which one is meant."""
    if told := os.environ.get("HIKAE_PG_PROGRAMS"):
        return Path(told)
    return max(
        Path(_PROGRAMS.partition("/{")[0]).glob("*/bin"), key=lambda path: int(path.parent.name)
    )


def _refuse(reason: str) -> int:
    _say(
        f"pg_rewind refused, because the diverged tail could not be saved: {reason}\n"
        "Nothing was erased. Put that right and restart Patroni on this host."
    )
    return 1


def _say(text: str) -> None:
    """Into Patroni's log, at once: what follows may replace this process."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _value(arguments: list[str], short: str, long: str) -> str | None:
    for index, word in enumerate(arguments):
        if word in (short, long) and index + 1 < len(arguments):
            return arguments[index + 1]
        if word.startswith(f"{long}="):
            return word.partition("=")[2]
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
