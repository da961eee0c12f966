"""One answer at one gate: who, which form, what it changes, signed how."""
