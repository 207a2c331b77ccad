"""What may be said of an error that nobody foresaw: never the words of a library, which can quote the data."""

from typing import Final

OUR_PACKAGES: Final = ("pipelines", "expectations", "assets")


def worded(error: Exception) -> str:
    """Our own words, or what the operating system calls it, or only its kind, with the place in the code.

    An operating system's error also names the file, whose name a supplier has chosen: that part is left out.
    """
    if type(error).__module__.split(".")[0] in OUR_PACKAGES:
        return str(error)
    if "No space left on device" in str(error):
        return "The disk is full: make room and run it again."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({type(error).__name__}) at {_place(error)}."
    return f"{type(error).__name__} at {_place(error)}. Its words may hold data and are not shown."


def _place(error: Exception) -> str:
    """File and line of the last frame of ours that the error passed through."""
    place = "an unknown place"
    trace = error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module.split(".")[0] in OUR_PACKAGES:
            place = f"{module}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place
