"""SCons's nodes: what is made of what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from SCons.Node.Alias import default_ans
from SCons.Node.FS import Dir


def children(node: Any) -> Iterator[Any]:
    """What a node is made of, or waits for."""
    yield from node.sources
    yield from node.depends or ()  # None, as the next: SCons forgets them when a node is built
    yield from node.prerequisites or ()


def below(top: Any) -> set[Any]:
    """`top` and all that it is made of."""
    found, pending = {top}, [top]
    while pending:
        new = set(children(pending.pop())) - found
        found |= new
        pending += new
    return found


def put_before(env: Any, top: Any, name: str, action: Any) -> Any:
    """An alias that is done, in every build, before anything that `top` is made of: its nodes."""
    alias = env.AlwaysBuild(env.Alias(name, [], action))
    for node in below(top):
        if node.has_builder():
            env.Requires(node, alias)
    return alias


def included(top: Any) -> set[Any]:
    """The files that SCons found included when it built `top`, in all that it is made of."""
    return {node for each in below(top) for node in each.implicit or ()}


def leads(env: Any, target: str, elf: Any) -> bool:
    """Whether what the command line names is made of the program: an alias, a file by any path, a folder."""
    node = default_ans.lookup(target) or env.fs.Entry(target, directory=env.fs.Top).disambiguate()
    return elf in below(node) or (isinstance(node, Dir) and bool(elf.is_under(node)))


def above(bottom: Any, roots: Iterable[Any]) -> list[Any]:
    """All nodes reached from `roots` that are made, however indirectly, of `bottom`."""
    is_above = {bottom: True}

    def visit(node: Any) -> bool:
        if node not in is_above:
            is_above[node] = False
            is_above[node] = any(list(map(visit, children(node))))
        return is_above[node]

    for root in roots:
        visit(root)
    return [node for node, above in is_above.items() if above and node is not bottom]
