"""What people give that is wrong, and what gazeaug says: the table behind docs/troubleshooting.md.

`python -m tests.bad_input` writes that page anew.
"""
