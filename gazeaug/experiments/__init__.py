"""Questions about training, each answered by short runs that differ in one setting.

In: nothing but sample data. Out: a page with a verdict for each.
"""
