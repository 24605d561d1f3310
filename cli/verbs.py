"""The verbs of hikae, in the order in which help lists them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: the module `cli.<name>` has it as `command`; without `built` it only refuses."""

    name: str
    help: str
    built: bool = True


VERBS = {
    verb.name: verb
    for verb in (
        Verb("check", "Validate the estate, render everything, change nothing."),
        Verb("show", "Show hosts, network, services, the night batch, or where the policy stands."),
        Verb("twin", "Boot, enter, hurt and clear the living twin of the estate."),
        Verb("provision", "Plan what would change on servers and terminals; --apply acts."),
        Verb("net", "Show and push router configurations."),
        Verb("pki", "Show the certificate authority, renew certificates, roll its roots over."),
        Verb("drill", "Rehearse a disaster and judge every transaction."),
        Verb("backup", "Back up elsewhere, prove the restore, recover from a stolen key."),
        Verb("audit", "Verify the records of who did what."),
        Verb(
            "patch",
            "Restart, reboot or provision hosts in turn, nobody being left without service.",
        ),
        Verb("batch", "Plan, run and watch the night batch."),
        Verb("capacity", "Forecast load, say what could be carried, compare two estates."),
        Verb("watch", "The whole estate on one screen."),
        Verb("runbook", "List, walk through and print runbooks.", built=False),
    )
}
