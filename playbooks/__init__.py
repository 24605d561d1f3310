"""Servers as they should be (Ansible roles), branch terminals as they should be (pyinfra), and what is asserted of both.

The playbooks are data for `ansible-playbook`, `pyinfra` and `pytest`; the modules build the calls and judge the outcome.
"""
