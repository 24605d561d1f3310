"""The export: nobody is named in it, nothing is missing or doubled, and whoever kills it changes nothing."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from tests.nenkin.application import command, environment
from tests.nenkin.statistics.conftest import COUNT, MONTH, OTHERS, Exported

KEPT = {
    "persons": ["person", "birth", "sex", "municipality", "postcode"],
    "periods": ["person", "category", "acquired", "lost"],
    "contributions": ["person", "first", "last", "kind", "amount", "additional"],
    "decisions": ["person", "first", "kind", "average", "standard"],
}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_all_is_there_and_counted(exported: Exported) -> None:
    counts, sums = exported.report["counts"], exported.report["sums"]
    ask = exported.server.ask
    assert counts["persons"] == COUNT
    for name, table in (("periods", "periods"), ("decisions", "decisions")):
        assert counts[name] == int(
            ask(f"SELECT count(*) FROM nenkin.{table} WHERE number < '{OTHERS}'")
        )
    wanted = ask(
        f"SELECT count(*), sum(amount) FROM nenkin.contribution_runs WHERE number < '{OTHERS}'"
    ).split("|")
    assert [counts["contributions"], sums["contributions"]["amount"]] == list(map(int, wanted))
    manifest = json.loads((exported.data / "manifest.json").read_text())
    assert len(manifest["datasets"]["persons"]["files"]) == 4
    assert manifest["generation"] == exported.report["generation"]


def test_nobody_is_named(exported: Exported) -> None:
    """No column that could, no number, name or address in any file, and no order of numbers."""
    for name, columns in KEPT.items():
        for path in (exported.data / name).glob("*.parquet"):
            table = parquet.read_table(path)
            assert table.column_names == columns
            persons = table.column("person").to_pylist()
            assert persons == sorted(persons)
            assert all(len(one) == 32 for one in persons)
    # Compression hides what stands in a file, so its values are looked at.
    seen = {
        value
        for name in KEPT
        for path in (exported.data / name).glob("*.parquet")
        for column in parquet.read_table(path).columns
        for value in column.unique().to_pylist()
        if isinstance(value, str) and len(value) != 32
    }
    assert seen >= {"male", "female", "paid", "01100"}
    assert all(len(one) <= 14 and one.isascii() and "-" not in one for one in seen)
    key = exported.key.read_bytes()
    for name, data in contents(exported.data).items():
        assert key not in data, name
    assert "0101-" not in (exported.data / "plan.json").read_text()


def test_the_same_key_gives_the_same_pseudonyms_and_another_gives_others(
    exported: Exported, tmp_path: Path
) -> None:
    _, report = exported.again(tmp_path / "same")
    assert report["changed"] is True
    same, first = contents(tmp_path / "same"), contents(exported.data)
    assert {n: d for n, d in same.items() if n.endswith(".parquet")} == {
        n: d for n, d in first.items() if n.endswith(".parquet")
    }
    other = tmp_path / "other-key"
    other.write_bytes(b"f" * 32)
    other.chmod(0o600)
    assert exported.again(tmp_path / "other", key=other)[0] == 0
    assert not set(contents(tmp_path / "other")) & {n for n in first if n.endswith(".parquet")}


def test_an_export_that_was_cut_off_is_completed(exported: Exported, tmp_path: Path) -> None:
    """What a kill leaves: some whole files, one that has no name yet, no manifest."""
    for name, data in contents(exported.data).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "manifest.json").unlink()
    for path in sorted((tmp_path / "persons").iterdir())[:2]:
        half = path.with_name(f".{path.name}.99999999.part")  # of a process that is no more
        path.rename(half)
        half.write_bytes(b"half")
    code, report = exported.again(tmp_path)
    assert (code, report["changed"]) == (0, True), report
    assert contents(tmp_path) == contents(exported.data)
    _, report = exported.again(tmp_path)
    assert report["changed"] is False


def test_what_is_posted_later_is_not_in_it(exported: Exported, tmp_path: Path) -> None:
    """The second half of a run that was killed shows the database as it was at the first."""
    (tmp_path / "plan.json").write_bytes((exported.data / "plan.json").read_bytes())
    argv = ("people", "make", "--first", str(COUNT), "--count", "100", "--seed", "5", "--load")
    done, _ = command(exported.server, *argv, "--workers", "1")
    assert done.returncode == 0, done.stdout
    code, report = exported.again(tmp_path)
    assert code == 0, report
    assert report["counts"] == exported.report["counts"]
    assert report["sums"] == exported.report["sums"]
    assert contents(tmp_path) == contents(exported.data)


@pytest.mark.long
def test_a_run_that_is_killed_is_completed(exported: Exported, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "nenkin", "statistics", "export", "--out", str(tmp_path)]
    argv += ["--month", MONTH, "--key", str(exported.key), "--part", "100"]
    for _ in range(3):
        process = subprocess.Popen(
            argv, env=environment(exported.server), stderr=subprocess.DEVNULL
        )
        files = len(list(tmp_path.rglob("*.parquet")))
        while process.poll() is None and len(list(tmp_path.rglob("*.parquet"))) < files + 9:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(argv, env=environment(exported.server), check=True, capture_output=True)
    whole = tmp_path.with_name(f"{tmp_path.name}-whole")
    whole.mkdir()
    (whole / "plan.json").write_bytes((tmp_path / "plan.json").read_bytes())
    argv[argv.index(str(tmp_path))] = str(whole)
    subprocess.run(argv, env=environment(exported.server), check=True, capture_output=True)
    left = {name: data for name, data in contents(tmp_path).items() if not name.endswith(".part")}
    assert left == contents(whole)


def test_two_at_a_time_are_refused(exported: Exported, tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    code, report = exported.again(tmp_path)
    os.close(folder)
    assert code == 1
    assert "another export is writing there" in report["error"]
    assert list(tmp_path.iterdir()) == []


def test_what_is_refused(exported: Exported, tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_bytes(b"x")
    short.chmod(0o600)
    open_to_all = tmp_path / "open"
    open_to_all.write_bytes(b"x" * 32)
    open_to_all.chmod(0o644)
    cases = [
        (tmp_path / "out", short, MONTH, 2, "1 bytes, at least 32 are needed"),
        (tmp_path / "out", open_to_all, MONTH, 2, "mode 644 lets others read it"),
        (tmp_path, short, MONTH, 2, "it lies with the data"),
        (tmp_path / "out", tmp_path / "none", MONTH, 2, "No such file"),
        (
            exported.data,
            exported.key,
            "2020-07",
            1,
            "it holds an export with month 24245, not 24246",
        ),
    ]
    for out, key, month, wanted, said in cases:
        code, report = exported.again(out, key=key, month=month)
        assert code == wanted
        assert said in report["error"]
    assert not (tmp_path / "out" / "plan.json").exists()


def test_the_key_may_be_named_by_a_setting(exported: Exported, tmp_path: Path) -> None:
    argv = ("statistics", "export", "--out", str(tmp_path), "--month", MONTH)
    done, _ = command(exported.server, *argv)
    assert done.returncode == 2
    assert "NENKIN_PSEUDONYM_KEY" in done.stderr
    done, _ = command(exported.server, *argv, NENKIN_PSEUDONYM_KEY=str(exported.key))
    assert done.returncode == 0


def test_without_the_extra_it_says_what_to_install(exported: Exported, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = sys.modules['pyarrow.parquet'] = None;"
        "from nenkin.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    argv = [sys.executable, "-c", code, "statistics", "export", "--out", str(tmp_path)]
    argv += ["--month", MONTH, "--key", str(exported.key)]
    done = subprocess.run(
        argv, env=environment(exported.server), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'nenkin[statistics]'" in done.stderr
    assert list(tmp_path.iterdir()) == []
