"""SCons keeps notes of what it built when it ends, with a traceback where the disk is full."""

from __future__ import annotations

import SCons.SConsign

from ..errors import SetupError
from .say import complain_about


def tell_where_they_cannot_be_kept() -> None:
    """In our words from now on; the build fails as it did, and the next one builds again what these notes were of."""
    write = SCons.SConsign.write

    def write_or_tell() -> None:
        try:
            write()
        except OSError as error:
            reason = error.strerror or error
            complain_about(
                SetupError(f"SCons cannot keep its notes of this build: {reason}", "Free space there, and build again.")
            )
            for database in SCons.SConsign.DB_sync_list:
                database._needs_sync = False  # else it tries once more while Python ends
            raise SystemExit(1) from None

    SCons.SConsign.write = write_or_tell
