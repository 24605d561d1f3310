"""Calls that a host makes to its own services, by its own certificate (its key is root's to read)."""

from __future__ import annotations

from testinfra.host import Host

__all__ = ["ETCDCTL", "get"]

_TLS = "/etc/hikae/tls"
ETCDCTL = (
    f"sudo -n env ETCDCTL_API=3 etcdctl --cacert={_TLS}/ca.pem --cert={_TLS}/host.pem "
    f"--key={_TLS}/host.pem --command-timeout=3s"
)
_SCRIPT = f"""
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile="{_TLS}/ca.pem")
context.load_cert_chain("{_TLS}/host.pem")
print(urllib.request.urlopen(sys.argv[1], timeout=5, context=context).read().decode())
"""


def get(host: Host, url: str) -> str:
    """The body of a GET that is answered with success; else the assertion says what came."""
    done = host.run("sudo -n python3 -B -c %s %s", _SCRIPT, url)
    assert done.rc == 0, f"{url} does not answer: {done.stderr.strip()[-200:]}"
    return str(done.stdout)
