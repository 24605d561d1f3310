"""Secrets taken out of whatever is kept or shown: transcripts, differences, plans, drift, error texts.

What a line's keyword gives away is masked in all dialects alike, also in lines that nobody intended: in those a forgotten
password stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["MASK", "mask_secrets"]

MASK = "********"

# Between a keyword and its secret: how the secret is written (`7`, `md5`, `ascii-text`).
_KIND = (
    r"(?:(?:[0-9]|type|value|md5|sha|sha-?256|clear|ascii|ascii-text|hex|aes|128|192|256|3?des) )*"
)
_VALUE = r"(?P<quote>\"?)(?P<secret>[^\s\"]+)"
_KEYWORDS = (
    r"(?:[a-z]+-)?(?:password|passphrase|passwd)",
    r"(?:encrypted|plain-text|authentication|privacy|simple)-password(?:-value)?",
    r"secret(?! level)",
    r"key-string",
    r"authentication[- ]key(?: \d+)?",
    r"authentication (?:string|text)",
    r"message-digest-key \d+ md5",
    r"pre-shared-key(?: local| remote| address \S+)?",
    r"(?:isakmp|radius-server|tacacs-server|server-private \S+|md5 \d+) key",
    # A key of a server's section; a key chain's own keys are numbers alone.
    r"(?:^|[#>] ?)\s*key(?! chain)(?=(?: [0-9])? \S*[^\d\s])",
    r"snmp-server community",
    r"snmp(?: v3)? community",
    r"set snmp community",
    r"snmp-server host \S+(?: (?:traps|informs))?(?: version (?:1|2c))?(?! version)",
    r"(?:auth|priv)(?= (?:md5|sha|aes|des|3des))",
    r"wpa-psk",
)
_SECRET = re.compile(
    rf"(?P<before>(?<![\w-])(?:{'|'.join(_KEYWORDS)})(?: |=){_KIND}){_VALUE}", re.MULTILINE
)
# Accounts in addresses of files: ftp://user:secret@host.
_ADDRESS = re.compile(r"(?P<before>\b[a-z]+://[^\s:/@]+:)(?P<secret>[^\s@]+)(?=@)")
# A name is no secret: texts refer to secrets by it until they are sent.
_REFERENCE = "$secret("


def mask_secrets(text: str, known: Iterable[str] = ()) -> str:
    """The text with every secret that its keyword or the list of known ones gives away replaced by a mask."""
    for secret in known:
        if secret:
            text = text.replace(secret, MASK)
    text = _ADDRESS.sub(rf"\g<before>{MASK}", text)
    return _SECRET.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    if match["secret"].startswith(_REFERENCE):
        return match[0]
    return f"{match['before']}{match['quote']}{MASK}"
