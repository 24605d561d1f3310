"""Sheets as PDF: one by one through reportlab, and by the thousand as one file whose prepared page stands in it once."""
