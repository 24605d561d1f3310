"""Branch terminals as they should be: one pyinfra deploy, because a fleet of near-identical machines wants speed."""
