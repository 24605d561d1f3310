"""What the rest of a night will take: forecast by simulating it with the rule that the dispatcher follows."""
