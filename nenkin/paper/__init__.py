"""Forms and documents: one definition of each form for screen, notice, PDF and intake; citizens' one-page documents."""
