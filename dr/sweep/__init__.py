"""The sweep: everything of a network that can fail does so in turn, under a stream of packets from every office."""
