"""Resumable work: row ranges, the folder of unfinished work, and checksums of what is done.

In: a number of rows and what identifies the job. Out: the units that are left to do.
"""
