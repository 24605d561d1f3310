"""Backups on the twin: two million rows proven row by row, and a restore after the backup key was stolen and used."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dr.backups.objects import list_versions
from dr.backups.prove import find_leader, hand_over
from dr.backups.repository import read_repository
from dr.backups.restore import restored
from dr.layout import Layout
from inventory import load_estate
from inventory.parts import Cluster
from playbooks.objects import Account, connect
from tests.cli.test_json import schema
from tests.full.test_certificates import working_office
from twin import bringup
from twin.conductor import Conductor
from twin.lab import Lab
from twin.network import inside
from twin.places import CHECKOUT, Places

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="a twin needs root, and this run is not root's"
)
Say = Callable[[str], None]
LAYOUT = Layout()
ENV = {**os.environ, "HIKAE_DEV": "1"}
DEADLINE_S = 2400
ROWS = 2_000_000
PROVER = "kansai-restore1"
PROOF_LIMIT_S = 180.0
LOAD = """
insert into nenkin.persons (number, name_kana, birth_date, sex)
select '9999-' || lpad(i::text, 6, '0'), 'ヒカエ', '1950-01-01', 'female' from generate_series(1, 1000) i
on conflict do nothing;
insert into nenkin.contributions (key, number, month, amount)
select gen_random_uuid(), '9999-' || lpad((1 + i % 1000)::text, 6, '0'), '2005-04-01', 13580 - i % 1000
from generate_series(1, {rows}) i;
"""


def hikae(*words: str) -> tuple[int, Any]:
    """Exit code and document of a verb."""
    done = subprocess.run(
        ["./hikae", *words, "--json"],
        cwd=CHECKOUT,
        env=ENV,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode in (0, 1), done.stderr[-1000:]
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def mini() -> Iterator[Lab]:
    """A running `mini`, left by one command and used by others, as a person has it."""
    subprocess.run(["./hikae", "twin", "down"], cwd=CHECKOUT, env=ENV, check=True)
    try:
        argv = ["./hikae", "twin", "up", "--slice", "mini"]
        subprocess.run(argv, cwd=CHECKOUT, env=ENV, check=True, timeout=DEADLINE_S)
        yield bringup.attach(load_estate(), "mini", Places.default())
    finally:
        subprocess.run(["./hikae", "twin", "down"], cwd=CHECKOUT, env=ENV, check=True)


@pytest.fixture(scope="module")
def conductor(mini: Lab) -> Conductor:
    return bringup.conductor_of(mini)


def cluster_of(lab: Lab) -> Cluster:
    return lab.estate.clusters_within(lab.names)["records"]


def run_sql(lab: Lab, conductor: Conductor, statement: str) -> str:
    with conductor.at_bastion() as transport:
        leader = find_leader(transport, LAYOUT, cluster_of(lab))
        argv = LAYOUT.script("records")
        done = transport.run(leader, argv, deadline_s=600, stdin=statement, sudo=True)
    assert done.is_ok, done.stderr[-500:]
    return done.stdout


@pytest.fixture(scope="module")
def history(mini: Lab, conductor: Conductor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two million rows, a backup, and what an office saw before, meanwhile and after."""
    with working_office(mini, conductor) as found:
        run_sql(mini, conductor, LOAD.format(rows=ROWS))
        code, made = hikae("backup", "run", "records")
        jsonschema.validate(made, schema("backup-run"))
        assert code == 0
        time.sleep(20)
    path = tmp_path_factory.mktemp("history") / "history.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in found))
    return path


def test_two_million_rows_are_proven_row_by_row(history: Path, say: Say) -> None:
    code, found = hikae("backup", "prove", "records", "--seed", "7", "--history", str(history))
    jsonschema.validate(found, schema("backup-prove"))
    (proof,) = found["proofs"]
    say(f"proof: {json.dumps(proof)}")
    assert proof["findings"] == []
    assert (code, proof["holds"]) == (0, True)
    assert proof["rows"]["records"] >= ROWS
    assert proof["moment"] is not None
    assert min(proof["acknowledged"], proof["later"]) > 0
    assert proof["total_s"] < PROOF_LIMIT_S


def test_a_proof_leaves_nothing_but_its_result(
    mini: Lab, conductor: Conductor, history: Path
) -> None:
    with conductor.at_bastion() as transport:
        argv = ["find", LAYOUT.restored, "-mindepth", "1"]
        assert transport.run(PROVER, argv, deadline_s=20, sudo=True).stdout == ""
        gauges = transport.get(PROVER, LAYOUT.proof_textfile).decode()
    assert 'hikae_backup_proof_ok{cluster="records"} 1' in gauges
    _, found = hikae("backup", "list")
    jsonschema.validate(found, schema("backup-list"))
    assert [words for words in found["findings"] if not words.startswith("payments")] == []
    assert found["store"]["objects"] > 10


def test_the_rate_beside_a_plain_copy(
    mini: Lab, conductor: Conductor, history: Path, say: Say
) -> None:
    with conductor.at_bastion() as transport:
        backup = read_repository(transport, LAYOUT, PROVER, "records").newest
        assert backup is not None
        arguments = ("--type=immediate",)
        with restored(transport, LAYOUT, PROVER, "records", backup, arguments) as server:
            source, target = f"{LAYOUT.restored}/records", f"{LAYOUT.restored}/copy"
            copied = transport.run(PROVER, ["cp", "-r", source, target], deadline_s=600, sudo=True)
            transport.run(PROVER, ["rm", "-rf", target], deadline_s=600, sudo=True)
    assert copied.is_ok
    rates = [server.bytes / 1e6 / seconds for seconds in (server.copy_s, copied.seconds)]
    say(
        f"{server.bytes / 1e6:.0f} MB: restored in {server.copy_s:.2f} s ({rates[0]:.0f} MB/s), copied by cp in "
        f"{copied.seconds:.2f} s ({rates[1]:.0f} MB/s)"
    )


def test_a_row_that_is_gone_and_a_write_that_is_missing_are_found(
    mini: Lab, conductor: Conductor, history: Path, tmp_path: Path
) -> None:
    """A proof must be able to fail: somebody deletes a row, and a client swears to a write that never was."""
    key = run_sql(
        mini,
        conductor,
        "set local session_replication_role = replica;"
        " delete from nenkin.contributions where id = (select min(id) from nenkin.contributions) returning key;",
    ).strip()
    lines = history.read_text().splitlines()
    acked = next(
        json.loads(line)
        for line in lines
        if json.loads(line)["outcome"] == "acked" and '"write"' in line
    )
    told = tmp_path / "history.jsonl"
    sworn = {**acked, "id": "00000000-0000-4000-8000-000000000000"}
    told.write_text("\n".join([*lines, json.dumps(sworn)]) + "\n")
    code, found = hikae("backup", "prove", "records", "--seed", "7", "--history", str(told))
    (proof,) = found["proofs"]
    assert (code, proof["holds"]) == (1, False)
    missing, gone = sorted(proof["findings"], key=lambda words: "gone" in words)
    assert f"gone from the living service: {key}" in gone
    assert f"acknowledged by the moment and are missing: {sworn['id']}" in missing


def refused(act: Callable[[], object]) -> str:
    """The code with which the store refuses, empty where it does not."""
    from botocore.exceptions import ClientError

    try:
        act()
    except ClientError as error:
        said = error.response
        return str(said["Error"]["Code"] or said["ResponseMetadata"]["HTTPStatusCode"])
    return ""


def thief(lab: Lab, host: str) -> Any:
    """The store as somebody reaches it who has broken into a database: its way, its certificate, the backup key."""
    account = Account("backup", lab.secrets.passwords()["store_backup"])
    pem = lab.hosts[host].disk.path("/etc/pgbackrest/loopback.pem")
    kept = lab.places.run / "loopback.pem"
    kept.write_bytes(pem.read_bytes())
    # The way itself shows the host's certificate; what is shown to the loopback says nothing.
    return connect(
        "https://localhost:8333", account, lab.secrets.folder / "pki/conductor.pem", kept
    )


def test_a_stolen_backup_key_costs_seconds(
    mini: Lab, conductor: Conductor, history: Path, say: Say
) -> None:
    bucket = mini.estate.backups.bucket
    with conductor.at_bastion() as transport:
        leader = find_leader(transport, LAYOUT, cluster_of(mini))
        hand_over(transport, LAYOUT, leader)
    time.sleep(2)
    before = datetime.now(UTC)
    time.sleep(2)
    with inside(leader):
        client = thief(mini, leader)
        versions = [each for each in list_versions(client, bucket) if not each.is_marker]
        info = next(each for each in versions if each.key.endswith("records/backup.info"))
        one = {"Bucket": bucket, "Key": info.key, "VersionId": info.version}
        soon = datetime.now(UTC) + timedelta(days=1)
        lock = {"Mode": "COMPLIANCE", "RetainUntilDate": soon}
        life = {
            "Rules": [
                {
                    "ID": "x",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Expiration": {"Days": 1},
                }
            ]
        }
        attempts: dict[str, Callable[[], object]] = {
            "delete a version": lambda: client.delete_object(**one),
            "with bypass": lambda: client.delete_object(**one, BypassGovernanceRetention=True),
            "shorten": lambda: client.put_object_retention(**one, Retention=lock),
            "suspend": lambda: client.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
            ),
            "unlock": lambda: client.put_object_lock_configuration(
                Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
            ),
            "expire": lambda: client.put_bucket_lifecycle_configuration(
                Bucket=bucket, LifecycleConfiguration=life
            ),
            "delete the bucket": lambda: client.delete_bucket(Bucket=bucket),
            "open it": lambda: client.put_bucket_acl(Bucket=bucket, ACL="public-read-write"),
        }
        answers = {name: refused(act) for name, act in attempts.items()}
        assert all(answers.values()), f"not refused: {answers}"
        # What a key that may write can do: write garbage over things, and hide them all.
        for each in {v.key for v in versions if v.key.endswith((".info", ".info.copy"))}:
            client.put_object(Bucket=bucket, Key=each, Body=b"garbage")
    with conductor.at_bastion() as transport:
        for words in (["stop"], ["--force", "stanza-delete"], ["start"]):
            argv = LAYOUT.pgbackrest("records", *words)
            transport.run(leader, argv, deadline_s=120, sudo=True)
    with inside(leader):
        left = {v.key for v in list_versions(client, bucket) if v.is_latest and not v.is_marker}
        for key in left:
            client.delete_object(Bucket=bucket, Key=key)
    code, found = hikae("backup", "list")
    assert code == 1
    assert any("records" in words for words in found["findings"])
    begun = time.monotonic()
    code, done = hikae("backup", "recover", "--before", before.isoformat(), "--apply")
    jsonschema.validate(done, schema("backup-recover"))
    recovered = time.monotonic() - begun
    assert code == 0
    assert done["markers"]
    assert done["copies"]
    _, found = hikae("backup", "prove", "records")
    (proof,) = found["proofs"]
    # The row that the test before this one deleted is still gone from the living service; nothing else is amiss.
    assert all("gone from the living service" in words for words in proof["findings"])
    assert proof["rows"]["records"] >= ROWS
    _, again = hikae("backup", "recover", "--before", before.isoformat())
    assert (again["markers"], again["copies"]) == ([], [])
    say(
        f"stolen key: {len(done['markers'])} deleted and {len(done['copies'])} overwritten objects brought back "
        f"in {done['seconds']} s ({recovered:.1f} s with the start of the program), proven in {proof['total_s']} s"
    )


def test_a_prover_may_only_read_and_strangers_nothing(mini: Lab, conductor: Conductor) -> None:
    bucket = mini.estate.backups.bucket
    with inside(PROVER):
        client = thief(mini, PROVER)
        assert next(iter(list_versions(client, bucket)))
        # With the very key that may write: the gate looks at who calls.
        assert refused(lambda: client.put_object(Bucket=bucket, Key="x", Body=b"x")) != ""
    authority = conductor.authority
    stranger = Account("backup", "no-key-of-theirs")
    endpoint = f"https://{mini.estate.hosts['kansai-store1'].address}:8333"
    with conductor.at_bastion():
        client = connect(endpoint, stranger, authority.conductor(), authority.kept_trust())
        assert refused(lambda: list(list_versions(client, bucket))) != ""
