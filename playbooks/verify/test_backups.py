"""WAL reaches the store, only who must may write there, and the store has no door beside its gate."""

from __future__ import annotations

from testinfra.host import Host

from playbooks.verify.state import HostState

_STANZA = "cd / && sudo -n runuser -u postgres -- pgbackrest --stanza=%s --output=json info"
# A server that never failed has no time of failure, and after a crash none knows its past: that is no failure.
_ARCHIVER = (
    "SELECT coalesce(NOT pg_is_in_recovery() AND last_failed_time > coalesce(last_archived_time, '-infinity') "
    "AND last_failed_time < now() - interval '30 s', false) FROM pg_stat_archiver"
)


def test_the_stanza_is_there(host: Host, state: HostState) -> None:
    clusters = state.variables["hikae_clusters"]
    here = {"database": [state.variables.get("hikae_cluster")], "restore": list(clusters)}
    for name in here.get(state.role, []):
        done = host.run(_STANZA, name)
        assert done.rc == 0, f"{name}: {done.stderr.strip()[-200:]}"
        # 2: no backup yet, which `hikae backup list` says.
        assert '"code":0' in done.stdout or '"code":2' in done.stdout, done.stdout[:300]


def test_wal_is_archived(host: Host, state: HostState) -> None:
    if state.role == "database":
        done = host.run("cd / && sudo -n runuser -u postgres -- psql -XAtc %s", _ARCHIVER)
        assert done.stdout.strip() == "f", "the last segment could not be archived for 30 s"


def test_keys_are_for_who_uses_them(host: Host, state: HostState) -> None:
    if state.role in ("database", "restore"):
        done = host.run("sudo -n stat -c '%a %U %G' /etc/pgbackrest.conf")
        assert done.stdout.strip() == "640 root postgres", done.stdout.strip()
        own = "backup" if state.role == "database" else "restore"
        done = host.run("sudo -n grep -c %s /etc/pgbackrest.conf", f"^repo1-s3-key={own}$")
        assert done.stdout.strip() == "1", f"the key is not that of identity {own}"
    if state.role == "store":
        done = host.run("sudo -n stat -c '%a %U %G' /etc/seaweedfs/s3.json")
        assert done.stdout.strip() == "640 root seaweedfs", done.stdout.strip()


def test_the_store_has_no_other_door(host: Host, state: HostState) -> None:
    """The filer's HTTP would delete locked versions unasked; what the store listens on is the loopback alone."""
    if state.role != "store":
        return
    weed = [each for each in state.said["sockets"] if each["program"] in ("weed", "seaweedfs")]
    wide = [f"{e['address']}:{e['port']}" for e in weed if e["address"] != "127.0.0.1"]
    assert weed, "nothing of the store listens"
    assert not wide, f"the store listens on {', '.join(wide)}"
    done = host.run("cat /proc/$(pidof -s weed)/cmdline | tr '\\0' ' '")
    for flag in ("-filer.disableHttp", "-master.telemetry=false", "-s3.iam=false"):
        assert flag in done.stdout, f"{flag} is not set"
