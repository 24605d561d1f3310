"""Notices (届書) that a clerk enters: from what was keyed and what stands, the rows to enter and to supersede."""
