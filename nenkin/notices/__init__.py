"""Notices (届書) entered into the records: each is one act, done once for its key, and overwrites nothing."""
