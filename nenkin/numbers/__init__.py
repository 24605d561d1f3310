"""The numbers database: issue of basic pension numbers, candidates for one person, and their consolidation."""
