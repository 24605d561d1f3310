#!/usr/bin/python3
"""Writes many files of a host in one task: a task costs a third of a second, whatever it writes (ADR 34).

Every file is replaced whole or not at all; a dry run says what would change, with the difference where it is asked for.
"""

from __future__ import annotations

import base64
import grp
import io
import os
import pwd
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: whole_files
short_description: Write many files in one task
description:
  - Each file is compared with what is there, and replaced by a rename where it differs in content, mode or owner.
  - Folders and links come by an archive only. Nothing is ever removed.
author: hikae
options:
  archives:
    description: Trees as playbooks/pack.py packs them, each in base64; a later one wins.
    type: list
    elements: str
    default: []
  files:
    description: Further files; they win over the archives.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Where it is to be., type: path, required: true}
      text: {description: What it is to hold., type: str, required: true}
      mode: {description: "Octal, quoted.", type: str, default: "0644"}
      owner: {description: Name of its owner., type: str, default: root}
      group: {description: Name of its group., type: str, default: root}
      validate:
        description: A program and its words; %s stands for the file before it is put in place.
        type: list
        elements: str
        default: []
"""

EXAMPLES = """
- name: Write two files
  whole_files:
    files:
      - {path: /etc/motd, text: "Hello\\n"}
      - {path: /etc/nftables.conf, text: "{{ rules }}", mode: "0600", validate: [nft, --check, --file, "%s"]}
"""

RETURN = """
written:
  description: What was (in a dry run would be) written, in order.
  type: list
  returned: always
"""


class WriteFailed(Exception):
    """What could not be written, and why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One path as it shall be; `data` is None for folders and links, `target` is None for all but links."""

    path: str
    mode: int
    owner: str
    group: str
    data: bytes | None = None
    target: str | None = None
    validate: Sequence[str] = ()

    @property
    def ids(self) -> tuple[int, int]:
        """Numbers of owner and group on this host."""
        try:
            return pwd.getpwnam(self.owner).pw_uid, grp.getgrnam(self.group).gr_gid
        except KeyError as error:
            raise WriteFailed(f"{self.path}: {error.args[0]}; make the account first") from error

    def is_there(self) -> bool:
        """Whether the path is as it shall be already."""
        path = Path(self.path)
        try:
            status = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        if self.target is not None:
            return path.is_symlink() and str(path.readlink()) == self.target
        if path.is_symlink() or path.is_dir() is not (self.data is None):
            return False
        same = (status.st_mode & 0o7777, status.st_uid, status.st_gid) == (self.mode, *self.ids)
        return same and (self.data is None or path.read_bytes() == self.data)

    def write(self) -> None:
        """Make the path what it shall be; WriteFailed where that cannot be."""
        path = Path(self.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.target is not None:
            fresh = path.with_name(f".{path.name}.{os.getpid()}")
            fresh.symlink_to(self.target)
            fresh.replace(path)
        elif self.data is None:
            path.mkdir(exist_ok=True)
            os.chown(path, *self.ids)
            path.chmod(self.mode)
        else:
            self._write_file(path, self.data)

    def _write_file(self, path: Path, data: bytes) -> None:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                os.fchown(file.fileno(), *self.ids)
                os.fchmod(file.fileno(), self.mode)
                file.flush()
                os.fsync(file.fileno())
            if self.validate:
                argv = [name if word == "%s" else word for word in self.validate]
                done = subprocess.run(argv, capture_output=True, text=True, check=False)
                if done.returncode:
                    said = (done.stderr + done.stdout).strip()[-500:]
                    raise WriteFailed(f"{path}: {argv[0]} refuses it, the old one stays: {said}")
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def unpacked(archive: str) -> Iterator[Wanted]:
    """What lies in a packed tree."""
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(archive)), mode="r:gz") as tar:
        for member in tar:
            path, mode = f"/{member.name}", member.mode
            owner, group = member.uname, member.gname
            if member.issym():
                yield Wanted(path, mode, owner, group, target=member.linkname)
            elif member.isdir():
                yield Wanted(path, mode, owner, group)
            else:
                file = tar.extractfile(member)
                yield Wanted(path, mode, owner, group, data=b"" if file is None else file.read())


def gathered(archives: Sequence[str], files: Sequence[Mapping[str, Any]]) -> list[Wanted]:
    """Everything that is wanted, each path once, folders before what lies in them."""
    found = {one.path: one for archive in archives for one in unpacked(archive)}
    for file in files:
        found[str(file["path"])] = Wanted(
            str(file["path"]),
            int(file["mode"], 8),
            file["owner"],
            file["group"],
            data=str(file["text"]).encode(),
            validate=file["validate"],
        )
    return sorted(found.values(), key=lambda one: one.path)


def difference(wanted: Wanted) -> dict[str, str]:
    """What Ansible shows of a change, by `--diff`."""
    path = Path(wanted.path)
    before = path.read_bytes() if path.is_file() else b""
    after = wanted.data or b""
    return {
        "before_header": wanted.path,
        "after_header": wanted.path,
        "before": before.decode(errors="replace"),
        "after": after.decode(errors="replace"),
    }


def main() -> None:
    """Answer Ansible."""
    suboptions = {
        "path": {"type": "path", "required": True},
        "text": {"type": "str", "required": True},
        "mode": {"type": "str", "default": "0644"},
        "owner": {"type": "str", "default": "root"},
        "group": {"type": "str", "default": "root"},
        "validate": {"type": "list", "elements": "str", "default": []},
    }
    module = AnsibleModule(
        {
            "archives": {"type": "list", "elements": "str", "default": []},
            "files": {"type": "list", "elements": "dict", "default": [], "options": suboptions},
        },
        supports_check_mode=True,
    )
    written: list[str] = []
    differences: list[dict[str, str]] = []
    try:
        for one in gathered(module.params["archives"], module.params["files"]):
            if not one.is_there():
                written.append(one.path)
                if module._diff:  # noqa: SLF001 -- the module's own word for --diff
                    differences.append(difference(one))
                if not module.check_mode:
                    one.write()
    except (WriteFailed, OSError, ValueError) as error:
        module.fail_json(msg=str(error), changed=bool(written), written=written)
    module.exit_json(changed=bool(written), written=written, diff=differences)


if __name__ == "__main__":
    main()
