"""The errors that gazeaug raises on purpose: each is one sentence saying what was expected, found, and what to do."""


class GazeaugError(Exception):
    """Base of every deliberate error; the command line prints it as one sentence and exits with `exit_code`.

    Example:
        >>> try:
        ...     report = gazeaug.refine("unityeyes.h5", model="refiner.onnx", batch_size=0)
        ... except gazeaug.GazeaugError as error:
        ...     print(error)
        batch_size must be at least 1, got 0.
    """

    exit_code = 1


class InputError(GazeaugError):
    """The input or an option is not usable; nothing has been written.

    Example:
        >>> gazeaug.open_eyes("none.h5")
        Traceback (most recent call last):
        gazeaug.errors.InputError: none.h5: expected an HDF5 file of eyes, but there is no such file.
    """

    exit_code = 2


class RunError(GazeaugError):
    """Something failed on the way: a full disk, a non-finite loss, a failed validation.

    Example:
        >>> import h5py
        >>> report = gazeaug.refine("unityeyes.h5", model="refiner.onnx", output="changed.h5", device="cpu")
        >>> with h5py.File("changed.h5", "r+") as file:
        ...     file["image"][0] = 0
        >>> try:
        ...     gazeaug.verify("changed.h5")
        ... except gazeaug.RunError as error:
        ...     print(error)
        changed.h5: unit 0, rows 0 to 23, is no longer what was written; refine the input again.
    """


class Interrupted(GazeaugError):  # noqa: N818 -- a state the user asked for, not a fault
    """The user stopped the work; the sentence says how to resume it.

    Args:
        sentence: what was stopped, and what is kept.
        same_command: whether the same command resumes it; the command line then prints that command.
    """

    exit_code = 130

    def __init__(self, sentence: str, *, same_command: bool = False) -> None:
        super().__init__(sentence)
        self.same_command = same_command
