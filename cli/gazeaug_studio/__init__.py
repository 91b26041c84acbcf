"""The studio: a page in the browser over one folder. It shows files and runs the commands of gazeaug as processes.

In: a folder, and the commands as `gazeaug_cli` describes them. Out: a web application. Imports neither the command line
nor torch.
"""
