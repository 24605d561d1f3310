"""The estate as its own monitoring says it is, for one screen."""
