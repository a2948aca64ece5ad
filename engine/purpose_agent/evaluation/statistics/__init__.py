"""What the data of a study or of live runs allow to be said, and how sure one may be.

From the outcome of each task in two arms (`outcomes`) to a word (`verdicts`). The task is the unit everywhere: repeats
of one task are no independent proofs. Every function is pure; where chance is used, a seed is an argument.
Nothing here imports `scipy.stats`, which takes a second: `scipy.special` holds the same distributions.
"""
