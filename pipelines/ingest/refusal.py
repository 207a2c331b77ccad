"""Why a whole file is not taken, in words for the person who must act."""


class FileRefused(Exception):
    """A file that cannot be read as its contract says. `code` is stable, `message` names the place and what to do.

    `sheet` is the supplier's name of the sheet, which may hold a child's: it belongs in the supplier's list alone.
    """

    def __init__(self, code: str, message: str, sheet: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.sheet = sheet
