"""What nothing else exports: exporters and textfile writers of our own, and where Prometheus finds them all."""
