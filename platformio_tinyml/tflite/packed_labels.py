"""Labels in a `.tflite` file itself: the associated files of TFLITE_METADATA, a ZIP archive at the file's end.

Source: "Pack the associated files" in tensorflow.org/lite/models/convert/metadata.
"""

from __future__ import annotations

from collections.abc import Collection

from ..labels import LARGEST_FILE, parse_labels

_TAIL = 22 + 65535
"""Bytes in which an archive's end record, with the longest comment, begins."""
_MOST_FILES = 64


def packed_labels(data: bytes, counts: Collection[int]) -> tuple[str, ...]:
    """The labels of the only text file in the archive that has as many as one of `counts`; () where there is none.

    What is in the archive is a hint of whoever packed it: nothing there makes a model refused.
    """
    if b"PK\x05\x06" not in data[-_TAIL:]:
        return ()
    import io
    import zipfile

    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist()[:_MOST_FILES]:
                if entry.filename.lower().endswith(".txt") and entry.file_size <= LARGEST_FILE:
                    with archive.open(entry) as file:
                        text = file.read(LARGEST_FILE + 1)
                    try:
                        labels = parse_labels(text)
                    except ValueError:
                        continue
                    found += [labels] if len(labels) in counts else []
    except Exception:  # zipfile and its decoders raise a dozen kinds for archives that are damaged
        return ()
    return found[0] if len(found) == 1 else ()
