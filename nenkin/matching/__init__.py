"""Who may be one person under two numbers (名寄せ): keys of names, levels of likeness, and a matcher of all persons."""
