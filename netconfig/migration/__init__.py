"""From one network to another, step by step, with every state on the way judged by the model (`docs/migration.md`)."""
