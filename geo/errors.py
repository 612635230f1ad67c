"""What can go wrong with geometry, as a code with parameters; the text catalogues phrase it for people."""

from __future__ import annotations


class GeoError(ValueError):
    """Input that geo cannot use.

    Parameters
    ----------
    code : str
        Stable key of the message, such as ``"grids.no_crs"``.
    message : str
        English for logs and the command line: what was expected, what was found, what to do.
    **params
        Values of the message, for a translated text.
    """

    def __init__(self, code: str, message: str, **params: object) -> None:
        super().__init__(message)
        self.code = code
        self.params = params
