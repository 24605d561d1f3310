"""The second's round: check, publish, look at the others, decide, publish, act."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from announce import address, gateway, probe
from announce.encryption import Identity
from announce.judgement import Other, decide, note
from announce.settings import Peer, Settings
from announce.status import Board, read_board

__all__ = ["Watch", "notify", "withdraw_all"]

LOG = logging.getLogger("announce")
# An overloaded application is slow before it is anything else, and to move its callers would move the overload along:
# only so many checks in a row without a word are a bad one. A dead one's balancer says 503, and that counts at once.
SILENT_CHECKS = 4
LINGER_S = 1.5
"""An address that is withdrawn answers for so long: until then everybody's routes lead elsewhere."""


class Watch:
    """Judges every service once a period; the judgement's invariant rests on the round's order."""

    def __init__(self, settings: Settings, board: Board, identity: Identity) -> None:
        self._settings, self._board, self._identity = settings, board, identity
        self._gateway = gateway.Gateway(self._ask_gateway, silence_s=settings.gateway_silence_s)
        threads = 1 + len(settings.peers) + len(settings.services)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ask")
        self._silent: Counter[str] = Counter()
        self._leaving: dict[str, float] = {}

    def round(self) -> float:
        """One round over all services, at most the two time-outs long; when it published its checks."""
        settings = self._settings
        # Several services may stand behind one application: it is asked once.
        urls = sorted({service.check for service in settings.services})
        asked = self._pool.submit(self._gateway.is_there)
        ready = dict(zip(urls, self._pool.map(self._is_ready, urls), strict=True))
        has_gateway = asked.result()
        for url, is_ready in ready.items():
            self._silent[url] = self._silent[url] + 1 if is_ready is None else 0
        for service in settings.services:
            if has_gateway and 0 < self._silent[service.check] < SILENT_CHECKS:
                continue
            present = self._board.state(service.name)
            is_good = bool(ready[service.check])
            state = note(present, is_good=is_good, is_cut_off=not has_gateway, now=time.monotonic())
            self._board.put(service.name, state)

        looked = time.monotonic()
        views = list(self._pool.map(self._look, settings.peers))
        now = time.monotonic()
        # A view that took longer than asked for is older than the proof allows: nobody acts on it.
        is_fresh = now - looked <= 1.5 * settings.look_timeout_s
        for service in settings.services:
            others = [view[service.name] for view in views if service.name in view]
            decision = decide(
                self._board.state(service.name),
                others if is_fresh else None,
                name=settings.name,
                rank=service.rank(settings.site),
                now=now,
            )
            if decision.reason:
                act = "announce" if decision.state.announces else "withdraw"
                LOG.warning("%s %s: %s: %s", act, service.address, service.name, decision.reason)
            self._board.put(service.name, decision.state)
            self._obey(service.address, decision.state.announces)
        return looked

    def run(self) -> None:
        """Rounds for ever, one a period, and a sign of life to systemd after each."""
        while True:
            published = self.round()
            notify("WATCHDOG=1")
            # Counted from the publication, not from the start: a check that took long must be known
            # to the others for a whole period too before the next one can decide anything.
            time.sleep(max(0.0, published + self._settings.period_s - time.monotonic()))

    def _is_ready(self, url: str) -> bool | None:
        return probe.is_ready(url, timeout_s=self._settings.check_timeout_s)

    def _ask_gateway(self) -> bool:
        settings = self._settings
        return gateway.ask(
            settings.gateway,
            own=settings.address,
            interface=settings.lan,
            timeout_s=settings.gateway_timeout_s,
        )

    def _look(self, peer: Peer) -> dict[str, Other]:
        settings = self._settings
        answer = probe.ask(
            f"https://{peer.address}:{settings.port}/",
            source=settings.address,
            timeout_s=settings.look_timeout_s,
            context=self._identity.client(),
        )
        if answer is None or answer[0] != 200:
            return {}
        ranks = {service.name: service.rank(peer.site) for service in settings.services}
        return read_board(answer[1], rank=ranks)

    def _obey(self, service_address: str, announces: bool) -> None:
        # Compared every round, so an address that somebody else took away comes back.
        told, untold = self._settings.interface, self._settings.lan
        ends = self._leaving.get(service_address)
        is_told = ends is None and address.is_present(service_address)
        obeys = True
        if announces and not is_told:
            obeys = address.add(service_address, told)
        elif is_told and not announces:
            obeys = address.hide(service_address, told, untold)
            self._leaving[service_address] = time.monotonic() + LINGER_S
        if ends is not None and (announces or time.monotonic() >= ends):
            address.remove(service_address, untold)
            del self._leaving[service_address]
        if not obeys:
            LOG.error("%s: the loopback does not obey, next try in a second", service_address)


def withdraw_all(settings: Settings) -> None:
    """Take every service address away: the state to start from, and to leave behind."""
    there = [each.address for each in settings.services if address.is_present(each.address)]
    for one in there:
        address.hide(one, settings.interface, settings.lan)
    if there:
        time.sleep(LINGER_S)
    for one in there:
        address.remove(one, settings.lan)


def notify(message: str) -> None:
    """Tell systemd something (sd_notify); nothing happens when nobody listens."""
    name = os.environ.get("NOTIFY_SOCKET")
    if not name:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect("\0" + name[1:] if name.startswith("@") else name)
        line.sendall(message.encode())
