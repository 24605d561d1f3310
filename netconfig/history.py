"""What each device has run, kept in a git repository: a file for each device, a commit for each confirmed change.

Invariant: the branch always names a whole commit. Objects are written and synced before the branch moves, and it moves by
one rename, so a run that is killed leaves objects that nobody names and nothing else. Secrets are masked before anything is
written. A change that was confirmed and not written down (killed in between) is found by the next push, which reads what
devices run, and is written down as found.
"""

from __future__ import annotations

import contextlib
import difflib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dulwich.errors import NotGitRepository
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from netconfig.mask import mask_secrets

__all__ = ["FOUND", "History", "HistoryFailed", "Moment", "Writer"]

FOUND = "found so"
_BRANCH = Ref(b"refs/heads/main")
_FILE_MODE = 0o100644
_SUFFIX = ".conf"
_LOOSE = 30
"""So many objects are files of their own, more become one pack: each file is synced by itself."""


class HistoryFailed(Exception):
    """What a device runs could not be written down; the device runs it all the same."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who changes devices, under which change, and why."""

    person: str
    estate: str
    change: str
    why: str

    @property
    def author(self) -> bytes:
        """As git names an author."""
        return f"{self.person} <{self.person}@{self.estate}>".encode()


@dataclass(frozen=True, slots=True)
class Moment:
    """One change of one device, the text before it and after it (masked)."""

    commit: str
    at: int
    person: str
    change: str
    how: str
    why: str
    before: str
    after: str

    @property
    def diff(self) -> str:
        """What changed; empty where only something masked did."""
        return "".join(
            difflib.unified_diff(
                self.before.splitlines(keepends=True), self.after.splitlines(keepends=True), "before", "after"
            )
        )  # fmt: skip

    @property
    def counts(self) -> tuple[int, int]:
        """Lines added, and lines removed."""
        lines = self.diff.splitlines()[2:]
        return sum(x[0] == "+" for x in lines), sum(x[0] == "-" for x in lines)


class History:
    """The histories of the devices of one estate, in a bare repository; one writer at a time (who holds the fleet)."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock

    def keep(self, by: Writer, changes: Sequence[tuple[str, str, str]]) -> int:
        """Write down (device, text, how); without `how` it was found so, and only news is written. How many commits."""
        if not changes:
            return 0
        try:
            return self._write(by, changes)
        except OSError as error:
            raise HistoryFailed(
                f"the history in {self._path} could not be written: {error}"
            ) from error

    def _write(self, by: Writer, changes: Sequence[tuple[str, str, str]]) -> int:
        with contextlib.closing(self._opened()) as repo:
            head = self._head(repo)
            tree = self._tree(repo, head)
            first, objects = head, list[ShaFile]()
            for device, text, how in changes:
                blob = Blob.from_string(mask_secrets(text).encode())
                name = f"{device}{_SUFFIX}".encode()
                if not how and name in tree and tree[name][1] == blob.id:
                    continue
                tree.add(name, _FILE_MODE, blob.id)
                commit = self._commit(by, device, how or FOUND, tree, head)
                objects += [blob, tree.copy(), commit]
                head = commit.id
            if head is not None and head != first:
                _store(repo, objects)
                if not repo.refs.set_if_equals(_BRANCH, first, head):
                    raise HistoryFailed(f"somebody else writes into {self._path}")
            return len(objects) // 3

    def of(self, device: str) -> Iterator[Moment]:
        """The changes of a device, the latest first."""
        if not self._path.exists():
            return
        with contextlib.closing(self._opened()) as repo:
            here = self._head(repo)
            while here is not None:
                commit = repo[here]
                assert isinstance(commit, Commit)
                parent = commit.parents[0] if commit.parents else None
                words = dict(
                    line.split(": ", 1)
                    for line in commit.message.decode().splitlines()[2:]
                    if ": " in line
                )
                if words.get("Device") == device:
                    yield Moment(
                        commit=here.decode(),
                        at=commit.author_time,
                        person=commit.author.decode().partition(" <")[0],
                        change=words.get("Change", ""),
                        how=words.get("How", ""),
                        why=words.get("Why", ""),
                        before="" if parent is None else self._text(repo, parent, device),
                        after=self._text(repo, here, device),
                    )
                here = parent

    def _commit(
        self, by: Writer, device: str, how: str, tree: Tree, parent: ObjectID | None
    ) -> Commit:
        commit = Commit()
        commit.tree = tree.id
        commit.parents = [] if parent is None else [parent]
        commit.author = commit.committer = by.author
        commit.author_time = commit.commit_time = int(self._clock())
        commit.author_timezone = commit.commit_timezone = 0
        commit.encoding = b"UTF-8"
        why = " ".join(mask_secrets(by.why).split())
        commit.message = (
            f"{by.change}: {device}\n\n"
            f"Device: {device}\nChange: {by.change}\nHow: {how}\nWhy: {why}\n"
        ).encode()
        return commit

    def _opened(self) -> Repo:
        try:
            repo = Repo(str(self._path))
        except NotGitRepository:
            repo = self._made()
        # Whoever holds the fleet is alone here: a lock that is left is a killed run's.
        for lock in self._path.rglob("*.lock"):
            lock.unlink(missing_ok=True)
        return repo

    def _made(self) -> Repo:
        """A new repository, whole before it has its name; each object is synced before anything refers to it."""
        fresh = self._path.with_name(f".{self._path.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        with contextlib.closing(Repo.init_bare(str(fresh))) as repo:
            repo.refs.set_symbolic_ref(Ref(b"HEAD"), _BRANCH)
            config = repo.get_config()
            config.set((b"core",), b"fsyncObjectFiles", True)
            config.write_to_path()
        fresh.rename(self._path)
        return Repo(str(self._path))

    @staticmethod
    def _head(repo: Repo) -> ObjectID | None:
        return repo.refs.as_dict().get(_BRANCH)

    @staticmethod
    def _tree(repo: Repo, head: ObjectID | None) -> Tree:
        if head is None:
            return Tree()
        commit = repo[head]
        assert isinstance(commit, Commit)
        tree = repo[commit.tree]
        assert isinstance(tree, Tree)
        return tree

    def _text(self, repo: Repo, commit: ObjectID, device: str) -> str:
        tree, name = self._tree(repo, commit), f"{device}{_SUFFIX}".encode()
        if name not in tree:
            return ""
        blob = repo[tree[name][1]]
        assert isinstance(blob, Blob)
        return blob.data.decode()


def _store(repo: Repo, objects: Sequence[ShaFile]) -> None:
    if len(objects) > _LOOSE:
        repo.object_store.add_objects([(each, None) for each in objects])
        return
    for each in objects:
        repo.object_store.add_object(each)
