"""A canary in every kind of line that has a secret, in every dialect, is masked; what is none stays as it is."""

from __future__ import annotations

import pytest

from netconfig.mask import MASK, mask_secrets

CANARY = "canary-4711"

WITH_SECRET = """\
password CANARY
enable password 8 CANARY
 neighbor 10.0.0.1 password CANARY
 neighbor 10.0.0.1 password 7 CANARY
 ip ospf authentication-key CANARY
 ip ospf message-digest-key 1 md5 CANARY
  key-string CANARY
  key-string 7 CANARY
 ip rip authentication string CANARY
 isis password clear CANARY
 area-password md5 CANARY
enable secret 9 CANARY
username netops privilege 15 secret 5 CANARY
username netops password 0 CANARY
snmp-server community CANARY RO
snmp-server host 10.0.0.1 version 2c CANARY
snmp-server host 10.0.0.1 CANARY
snmp-server user u g v3 auth sha CANARY priv aes 128 CANARY
tacacs-server key 7 CANARY
radius-server key CANARY
 key 7 CANARY
 key CANARY
crypto isakmp key CANARY address 10.0.0.1
 pre-shared-key CANARY
 pre-shared-key local CANARY
ntp authentication-key 1 md5 CANARY
 standby 1 authentication md5 key-string CANARY
set system root-authentication encrypted-password "CANARY"
set protocols bgp group X authentication-key "CANARY"
set system radius-server 10.0.0.1 secret "CANARY"
set security ike policy P pre-shared-key ascii-text "CANARY"
set snmp community CANARY authorization read-only
set snmp v3 usm local-engine user u authentication-sha authentication-password CANARY
set snmp v3 usm local-engine user u privacy-aes128 privacy-password CANARY
set protocols ospf area 0 interface x authentication md5 1 key "CANARY"
set protocols ospf area 0 interface x authentication simple-password "CANARY"
r1(config-router)# neighbor 10.0.0.1 password CANARY
copy running-config ftp://netops:CANARY@10.0.0.1/x
set system ntp authentication-key 1 type md5 value "CANARY"
 ppp chap password 7 CANARY
 wpa-psk ascii 0 CANARY
vrrp 1 authentication text CANARY
ip ftp password CANARY
"""

WITHOUT_SECRET = """\
key chain X
 key 1
 neighbor 10.0.0.1 password $secret(carrier-sessions)
set x authentication-key "$secret(carrier-sessions)"
snmp-server host 10.64.4.15 version 3 priv watcher
snmp-server group WATCHERS v3 priv access POLLERS
set snmp trap-group WATCHERS targets 10.64.4.15
set snmp v3 vacm access group WATCHERS default-context-prefix security-model usm security-level privacy read-view ALL
 description secret
service password-encryption
"""


@pytest.mark.parametrize("line", WITH_SECRET.splitlines())
def test_a_secret_is_masked_and_the_rest_is_kept(line: str) -> None:
    masked = mask_secrets(line.replace("CANARY", CANARY))
    assert masked == line.replace("CANARY", MASK)


@pytest.mark.parametrize("line", WITHOUT_SECRET.splitlines())
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert mask_secrets(line) == line


def test_lines_of_a_whole_text_are_masked_each() -> None:
    text = "hostname a\n" + WITH_SECRET.replace("CANARY", CANARY) + "end\n"
    assert mask_secrets(text) == "hostname a\n" + WITH_SECRET.replace("CANARY", MASK) + "end\n"


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    assert mask_secrets(f" description {CANARY}", [CANARY, ""]) == f" description {MASK}"
