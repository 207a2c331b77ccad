"""Why a whole file is not taken, in words for the person who must act."""


class FileRefused(Exception):
    """A file that cannot be read as its contract says. `code` is stable, `message` names the place and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
