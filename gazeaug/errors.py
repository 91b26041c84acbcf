"""The errors that gazeaug raises on purpose: each is one sentence saying what was expected, found, and what to do."""


class GazeaugError(Exception):
    """Base of every deliberate error; the command line prints it as one sentence and exits with `exit_code`."""

    exit_code = 1


class InputError(GazeaugError):
    """The input or an option is not usable; nothing has been written."""

    exit_code = 2


class RunError(GazeaugError):
    """Something failed on the way: a full disk, a non-finite loss, a failed validation."""


class Interrupted(GazeaugError):  # noqa: N818 -- a state the user asked for, not a fault
    """The user stopped the work; the sentence says how to go on."""

    exit_code = 130
