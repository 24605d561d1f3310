"""Branch terminals by pyinfra: one deploy for some 28,000 general PCs."""
