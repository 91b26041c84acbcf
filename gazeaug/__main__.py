"""`python -m gazeaug`: the command line."""

import runpy

if __name__ == "__main__":
    runpy.run_module("gazeaug_cli", run_name="__main__", alter_sys=False)
