"""The error that a person can act on."""


class DeskhandError(Exception):
    """One line that says what is wrong and what to do; the command line prints it and exits with `exit_status`."""

    exit_status = 1
