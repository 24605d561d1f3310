"""A service address on the loopback: there or not, put there, taken away, or kept for a while where nobody is told of it."""

from __future__ import annotations

import socket
import subprocess

__all__ = ["add", "hide", "is_present", "remove"]


def is_present(address: str) -> bool:
    """Whether the host has `address`: only then can a socket be bound to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def add(address: str, interface: str) -> bool:
    """Put `address` on `interface` as a /32 (OSPF carries what is on the loopback); True when it is there."""
    _ip("address", "replace", f"{address}/32", "dev", interface)
    return is_present(address)


def remove(address: str, interface: str) -> bool:
    """Take `address` away from `interface`; True when the host has it no more."""
    _ip("address", "delete", f"{address}/32", "dev", interface)
    return not is_present(address)


def hide(address: str, told: str, untold: str) -> bool:
    """Move `address` to an interface that OSPF does not carry: who is still led here is answered; True when it is there."""
    add(address, untold)
    remove(address, told)
    return is_present(address)


def _ip(*arguments: str) -> None:
    # The caller looks at the result, not at the exit code: an address that is gone already cannot
    # be deleted.
    subprocess.run(
        ["/sbin/ip", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=5,
        check=False,
    )
