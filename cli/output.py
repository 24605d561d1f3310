"""What hikae prints: results to stdout, words about the work and errors to stderr."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, TextIO

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.progress import Progress

__all__ = [
    "Progress",
    "console_on",
    "plain",
    "print_error",
    "print_errors",
    "print_json",
    "print_line",
    "print_table",
]

# Without a terminal nothing may be cut off: the reader is a program or a file.
_WIDTH_OFF_TERMINAL = 240


def console_on(stream: TextIO) -> Console:
    """Make a console that draws for a terminal and writes plain wide lines elsewhere."""
    width = None if stream.isatty() else _WIDTH_OFF_TERMINAL
    return Console(file=stream, width=width, highlight=False, emoji=False)


def plain(value: object) -> Any:
    """Turn a value of ours into what JSON knows; addresses and paths become strings."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return plain(value.model_dump())
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, Iterable) and not hasattr(value, "prefixlen"):
        return [plain(item) for item in value]
    return str(value)


def print_json(value: object) -> None:
    """Print one JSON document to stdout."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; numbers stand to the right."""
    body = [tuple(row) for row in rows]
    table = Table(show_edge=False, pad_edge=False, box=None)
    for index, column in enumerate(columns):
        numbers = bool(body) and all(isinstance(row[index], int | float) for row in body)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in body:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = console_on(sys.stdout)
    with console.capture() as drawn:
        console.print(table)
    click.secho(title, bold=True)  # not rich's title, which it wraps to the table's width
    click.echo("\n".join(line.rstrip() for line in drawn.get().splitlines()))


def print_line(text: str) -> None:
    """Print one line of the result."""
    click.echo(text)


def print_error(sentence: str) -> None:
    """Print one sentence to stderr under the name of the program."""
    click.echo(f"hikae: {sentence}", err=True)


def print_errors(errors: Sequence[object], as_json: bool) -> None:
    """Print all errors of a pass: the sentences to stderr and, where asked, JSON to stdout."""
    for error in errors:
        print_error(str(error))
    if as_json:
        print_json({"errors": [_described(error) for error in errors]})


def _described(error: object) -> dict[str, Any]:
    described = plain(error) if dataclasses.is_dataclass(error) else {}
    return {"text": str(error), **described}
