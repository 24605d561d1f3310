"""The guard of a device that routes: what is pending, FRR, and who may ask."""
