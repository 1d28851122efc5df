"""Stand-ins for packages that are not installed, while `--help` is shown, which is no question of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

PACKAGES = ("elftools", "flatbuffers", "jinja2", "numpy", "tflite", "unicorn")


class _Nothing:
    """Any name of such a package, whatever a module does with it when it is imported."""

    def _itself(self, *_: Any, **__: Any) -> _Nothing:
        return self

    __call__ = __getattr__ = __getitem__ = __add__ = __radd__ = __or__ = __ror__ = __lshift__ = __setitem__ = _itself

    def __mro_entries__(self, _: Any) -> tuple[type, ...]:
        return ()

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __index__(self) -> int:
        return 0


class _Module(ModuleType):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []  # it may have modules

    def __getattr__(self, name: str) -> _Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in PACKAGES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


@contextmanager
def stand_ins() -> Iterator[None]:
    """Let imports find those that are not there, behind all that are; what was imported meanwhile is forgotten."""
    finder, before = _Finder(), set(sys.modules)
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in set(sys.modules) - before:
            del sys.modules[name]
