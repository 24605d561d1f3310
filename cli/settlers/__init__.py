"""One file for each verb whose killed runs leave something: `settle(broken, ground)` undoes or finishes it."""
