"""Runs ansible-playbook, pyinfra and the read-only suite over one inventory; a host that failed is a result.

The programs inherit the network namespace of the calling thread: it stands at the bastion that conducts.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playbooks.recap import Finding, HostResult, ansible_recap, pyinfra_recap, task_of, verify_recap

__all__ = [
    "AnsibleRun",
    "HostResult",
    "Outcome",
    "PyinfraRun",
    "Verification",
    "VerifyRun",
    "run_ansible",
    "run_pyinfra",
    "run_verify",
    "tell_tasks",
]

_FOLDER = Path(__file__).resolve().parent

OnLine = Callable[[str], None]
# A caller that is killed takes the tool with it: it would go on changing hosts, and whoever comes next would not know.
_TIED = ("setpriv", "--pdeathsig", "TERM", "--")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did on every host, and where its words are kept."""

    hosts: tuple[HostResult, ...]
    returncode: int
    log: Path

    @property
    def changed(self) -> int:
        """Tasks that changed something, over all hosts."""
        return sum(host.changed for host in self.hosts)

    @property
    def failed_hosts(self) -> tuple[str, ...]:
        """Hosts that failed or were not reached; `*` when the run broke before any."""
        names = tuple(host.host for host in self.hosts if host.failed or not host.reached)
        return names or (("*",) if self.returncode else ())

    def complaint(self, keep: Path) -> str:
        """A sentence with who failed and the first words of why; the log is kept as `keep`.

        Nothing when nobody failed.
        """
        if not self.failed_hosts:
            return ""
        lines = self.log.read_text().splitlines()
        fatal = [line for line in lines if line.startswith(("fatal:", "ERROR", "[ERROR]"))]
        keep.write_text("\n".join(lines) + "\n")
        words = " ".join(fatal[:2] or lines[-3:])[:500]
        return f"failed on {', '.join(self.failed_hosts)}: {words} (whole log: {keep})"


@dataclass(frozen=True, slots=True)
class Verification:
    """What the read-only suite found; `returncode` above 1 means that it did not run to its end."""

    passed: int
    findings: tuple[Finding, ...]
    returncode: int
    log: Path


@dataclass(frozen=True, slots=True)
class AnsibleRun:
    """One run of site.yml: inventory as exported, secrets among `variables`, SSH as configured."""

    inventory: Mapping[str, Any]
    ssh_config: Path
    variables: Mapping[str, Any]
    workdir: Path
    tags: tuple[str, ...] = ()
    limit: str = ""
    check: bool = False
    forks: int = 6


@dataclass(frozen=True, slots=True)
class PyinfraRun:
    """One run of the terminals' deploy; `hosts` maps a name to its data, `known_hosts` says who signs them.

    `variables` must hold the `vars` of the Ansible inventory with
    `hikae_authority` and `hikae_renew_before_s`, or `hikae_image_build` alone.
    """

    hosts: Mapping[str, Mapping[str, Any]]
    ssh_config: Path
    known_hosts: Path
    variables: Mapping[str, Any]
    workdir: Path
    dry: bool = False


@dataclass(frozen=True, slots=True)
class VerifyRun:
    """One run of the read-only suite over `hosts` (servers and terminals), which the inventory describes."""

    hosts: Sequence[str]
    inventory: Mapping[str, Any]
    ssh_config: Path
    workdir: Path
    probes: Mapping[str, Any]
    """What the suite knocks with: `probes.issue_probes`, and as `ssh` `known_hosts` and `ssh_probes.issue_logins`."""


def run_ansible(wanted: AnsibleRun, on_line: OnLine) -> Outcome:
    """Run site.yml and tell every line to `on_line`; files with secrets are readable by root only."""
    work = _workdir(wanted.workdir)
    inventory = _write(work / "inventory.yml", dict(wanted.inventory))
    variables = {"hikae_packed_dir": str(work / "packed"), **wanted.variables}
    extra = _write(work / "variables.json", variables)
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    argv = [program, "-i", str(inventory), "-e", f"@{extra}"]
    argv += ["--forks", str(wanted.forks), str(_FOLDER / "site.yml")]
    for flag, value in (("--tags", ",".join(wanted.tags)), ("--limit", wanted.limit)):
        argv += [flag, value] if value else []
    argv += ["--check", "--diff"] if wanted.check else []
    env = {
        **_plain_environment(),
        "ANSIBLE_CONFIG": str(_FOLDER / "ansible.cfg"),
        "ANSIBLE_SSH_ARGS": f"-F {wanted.ssh_config}",
        "ANSIBLE_LOCAL_TEMP": str(work / "tmp"),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(work / "control"),
        "ANSIBLE_HOME": str(work / "home"),
        "ANSIBLE_NOCOLOR": "1",
    }
    log = work / "ansible.log"
    code, lines = _stream(argv, env, log, on_line)
    return Outcome(ansible_recap(lines), code, log)


def run_pyinfra(wanted: PyinfraRun, on_line: OnLine) -> Outcome:
    """Run the terminals' deploy; the data of the hosts go over by a file that only root reads."""
    work = _workdir(wanted.workdir)
    data = {
        "hosts": dict(wanted.hosts),
        "ssh_config": str(wanted.ssh_config),
        "known_hosts": str(wanted.known_hosts),
        "variables": {**wanted.variables, "hikae_dry": wanted.dry},
    }
    path = _write(work / "terminals.json", data)
    # A subprocess on purpose: pyinfra's CLI patches threads and sockets of its whole process.
    argv = [sys.executable, "-m", "pyinfra", "-y", "--json"]
    argv += ["--dry"] if wanted.dry else []
    argv += [str(_FOLDER / "terminals/inventory.py"), str(_FOLDER / "terminals/terminal.py")]
    env = {**_plain_environment(), "HIKAE_TERMINALS": str(path), "PYTHONPATH": str(_FOLDER.parent)}
    log = work / "pyinfra.log"
    code, lines = _stream(argv, env, log, on_line)
    return Outcome(pyinfra_recap(lines, tuple(wanted.hosts)), code, log)


def run_verify(wanted: VerifyRun, on_line: OnLine) -> Verification:
    """Run the read-only suite; it changes nothing on any host."""
    work = _workdir(wanted.workdir)
    inventory = _write(work / "inventory.json", wanted.inventory)
    probes = _write(work / "probes.json", wanted.probes)
    report = work / "verify.xml"
    report.unlink(missing_ok=True)
    hosts = ",".join(f"ssh://{host}" for host in wanted.hosts)
    suite = _FOLDER / "verify"
    argv = [sys.executable, "-m", "pytest", "-c", str(suite / "pytest.ini"), str(suite)]
    argv += [f"--hosts={hosts}", f"--ssh-config={wanted.ssh_config}"]
    argv += [f"--estate-inventory={inventory}", f"--junitxml={report}", f"--probes={probes}"]
    env = {
        **_plain_environment(),
        "PYTHONPATH": str(_FOLDER.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    log = work / "verify.log"
    try:
        code, _ = _stream(argv, env, log, on_line)
    finally:
        probes.unlink()
    passed, findings = verify_recap(report.read_text()) if report.exists() else (0, ())
    return Verification(passed, findings, code, log)


def tell_tasks(doing: Callable[[str], None]) -> OnLine:
    """A listener that tells `doing` the name of each task that Ansible begins."""

    def on_line(line: str) -> None:
        task = task_of(line)
        if task:
            doing(task)

    return on_line


def _workdir(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    return path


def _plain_environment() -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "TERM", "PIP_CERT", "SSL_CERT_FILE")
    environment = {key: os.environ[key] for key in kept if key in os.environ}
    return {**environment, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}


def _stream(
    argv: Sequence[str], env: Mapping[str, str], log: Path, on_line: OnLine
) -> tuple[int, list[str]]:
    lines: list[str] = []
    with (
        log.open("w") as kept,
        subprocess.Popen(
            [*_TIED, *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=dict(env),
            cwd=_FOLDER,
            # A group of its own: Ansible's forks end with it when the caller is interrupted.
            start_new_session=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            for line in process.stdout:
                kept.write(line)
                lines.append(line.rstrip("\n"))
                on_line(lines[-1])
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise
    return process.returncode, lines


def _write(path: Path, value: Mapping[str, Any]) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        # JSON is YAML: one writer for both tools.
        json.dump(value, file, default=str)
    return path
