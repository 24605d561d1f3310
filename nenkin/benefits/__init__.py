"""Benefits by the dated formulas, to the yen: old age, disability, survivors, additions, splits and instalments.

`Rules.read()` reads the tables once; `Rules.on(day)` gives a day's amounts. What the rules leave out raises NotCovered
and stands in `gaps()`; what is uncertain is a choice, listed by `Rules.choices.listed()`. All numbers are exact.
"""
