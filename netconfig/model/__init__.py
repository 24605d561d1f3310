"""What a network does with its configurations: routes, paths and answers, computed from the rendered texts."""
