"""`python -m cli`, as the script `hikae` starts it."""

from __future__ import annotations

import sys

from cli.main import main

sys.exit(main(sys.argv[1:]))
