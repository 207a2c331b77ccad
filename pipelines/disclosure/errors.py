"""Why a release was stopped."""


class DisclosureError(RuntimeError):
    """A release would give away small counts. The message names tables and numbers of cells, never a cell or a count."""
