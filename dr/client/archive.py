"""The client as one file for upload: a zip archive that `python3 FILE CONFIG` runs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

__all__ = ["archive"]

_MODULES = ("schedule", "errands", "exchange", "outcome", "program")
_MAIN = "from dr.client.program import main\n\nraise SystemExit(main())\n"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def archive() -> bytes:
    """Give the client with all it needs beside Python 3.11; the same bytes for the same source."""
    folder = Path(__file__).parent
    files = {"__main__.py": _MAIN, "dr/__init__.py": "", "dr/client/__init__.py": ""}
    for module in _MODULES:
        files[f"dr/client/{module}.py"] = (folder / f"{module}.py").read_text(encoding="utf-8")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            zipped.writestr(zipfile.ZipInfo(name, _EPOCH), text)
    return held.getvalue()
