"""What if: scenarios, drills, the history of client transactions and the verdict."""
