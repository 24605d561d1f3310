"""The read-only suite: what is asserted of every server and terminal after each provision. It changes nothing."""
