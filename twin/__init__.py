"""The estate, booted: systemd-nspawn hosts in network namespaces, made and cleared as a whole."""
