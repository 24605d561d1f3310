"""Devices as they should be: intent → text → difference → push → the same text read back."""
