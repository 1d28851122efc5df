"""A `.keras` archive made anew of what a conversion needs: its configuration and its weights. Standard library only."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from pathlib import Path
from typing import Any

from .keras_config import without_compilation
from .limits import LARGEST_CONFIG, LARGEST_MODEL, Bounds

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


def read_configuration(path: Path) -> tuple[Any, Any]:
    """(configuration without optimizers, metadata) of an archive. KeyError, ValueError, BadZipFile, OSError."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(_text(archive, CONFIG, path.name))
        metadata = json.loads(_text(archive, METADATA, path.name)) if METADATA in archive.namelist() else {}
    if not isinstance(metadata, dict):
        raise ValueError(f"{METADATA} is no object")
    return without_compilation(config), metadata


def rebuild(path: Path, copy: Path) -> None:
    """Write `copy`: the configuration as it was examined, and the weights, not compressed. Nothing else goes in.

    So an archive whose members come twice, lie outside, are links or unpack to more than they declare, is not what is
    loaded. KeyError, ValueError, BadZipFile, OSError; Refusal where the weights are too large.
    """
    config, metadata = read_configuration(path)
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as made:
        made.writestr(CONFIG, json.dumps(config))
        made.writestr(METADATA, json.dumps(metadata))
        if WEIGHTS in archive.namelist():
            weights = _member(archive, WEIGHTS, path.name, LARGEST_MODEL)
            with archive.open(weights) as packed, made.open(WEIGHTS, "w", force_zip64=True) as plain:
                shutil.copyfileobj(packed, plain, 1 << 20)


def extract_weights(path: Path, folder: Path) -> Path | None:
    """The weights of a rebuilt archive as a file in `folder`; None where there are none."""
    with zipfile.ZipFile(path) as archive:
        return Path(archive.extract(WEIGHTS, folder)) if WEIGHTS in archive.namelist() else None


def _text(archive: zipfile.ZipFile, name: str, shown: str) -> bytes:
    return archive.read(_member(archive, name, shown, LARGEST_CONFIG))


def _member(archive: zipfile.ZipFile, name: str, shown: str, most: int) -> zipfile.ZipInfo:
    """A member of at most `most` bytes, unpacked: more than it declares is not read."""
    member = archive.getinfo(name)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise ValueError(f"{name} is a link")
    if most == LARGEST_MODEL:
        Bounds(shown, most).add(member.file_size)
    elif member.file_size > most:
        raise ValueError(f"{name} unpacks to {member.file_size:,} bytes")
    return member
