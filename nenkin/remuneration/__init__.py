"""What is owed: standard remuneration (標準報酬), premiums by month and the national pension's premium by year."""
