"""Take the text of a test apart into pieces that can be decided one by one, outside of the tested code's process.

Understood: top-level asserts with simple statements before them, loops over asserts, `try … except E: pass` and
`with pytest.raises(E)` around simple statements, and a `check(candidate)` function that is called once.
"""

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Import, ast.ImportFrom, ast.Delete, ast.Pass)


@dataclass(frozen=True, slots=True)
class Raises:
    """These statements must raise one of these errors, known by name."""

    body: list[ast.stmt]
    errors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Loop:
    """The pieces of the body for each item."""

    loop: ast.For


Piece: TypeAlias = ast.stmt | Raises | Loop


def pieces(statements: Sequence[ast.stmt]) -> list[Piece] | None:
    """The pieces in order; None when the test can be decided only inside."""
    found: list[Piece] = []
    for statement in _inlined(statements):
        piece = _piece(statement)
        if piece is None:
            return None
        found.append(piece)
    return found if any(isinstance(piece, ast.Assert | Raises | Loop) for piece in found) else None


def bound(trees: Sequence[ast.AST]) -> frozenset[str]:
    """Every name that the text binds at any depth: nothing of ours may stand in for one of them."""
    names: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.alias(name=name, asname=other):
                names.add(other or name.split(".")[0])
    return frozenset(names)


def put(node: Any, values: Mapping[str, ast.expr]) -> Any:
    """A copy of the tree with names replaced by expressions."""
    return _Put(values).visit(copy.deepcopy(node))


class _Put(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._values or not isinstance(node.ctx, ast.Load):
            return node
        return copy.deepcopy(self._values[node.id])


def _piece(statement: ast.stmt) -> Piece | None:
    match statement:
        case ast.Assert():
            return statement
        case ast.Try(handlers=[ast.ExceptHandler(type=ast.expr() as kind, body=handled)], finalbody=[]):
            return _tried(statement, kind) if _does_nothing(handled) else None
        case ast.With(items=[ast.withitem(context_expr=ast.Call(func=call, args=[kind], keywords=[]))], body=body):
            if ast.unparse(call) in ("pytest.raises", "raises") and _is_simple(body):
                return _raises(body, kind)
            return None
        case ast.For(orelse=[], body=body):
            names = bound([statement.target])
            plain = all(isinstance(s, ast.Assert | ast.Assign | ast.Expr) for s in body) and not names & bound(body)
            return Loop(statement) if plain and any(isinstance(s, ast.Assert) for s in body) else None
    return statement if isinstance(statement, _SIMPLE) else None


def _tried(statement: ast.Try, kind: ast.expr) -> Raises | None:
    """`try: f(-1); assert False` or `try: f(-1)` with `else: assert False`."""
    body = statement.body
    if _is_failure(statement.orelse):
        return _raises(body, kind) if _is_simple(body) else None
    if statement.orelse or not _is_failure(body[-1:]) or not _is_simple(body[:-1]):
        return None
    return _raises(body[:-1], kind)


def _raises(body: list[ast.stmt], kind: ast.expr) -> Raises | None:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    names = frozenset(ast.unparse(one).split(".")[-1] for one in kinds)
    if not body or names & {"AssertionError", "Exception", "BaseException"}:
        return None  # these would catch the failing assert too; what is meant is decided inside
    return Raises(body, names)


def _is_failure(body: list[ast.stmt]) -> bool:
    match body:
        case [ast.Assert(test=ast.Constant(value=False))] | [ast.Raise(exc=ast.Name(id="AssertionError"))]:
            return True
        case [ast.Raise(exc=ast.Call(func=ast.Name(id="AssertionError")))]:
            return True
    return False


def _does_nothing(body: list[ast.stmt]) -> bool:
    match body:
        case [ast.Pass()] | [ast.Expr(value=ast.Constant())] | [ast.Assert(test=ast.Constant(value=True))]:
            return True
    return False


def _is_simple(body: list[ast.stmt]) -> bool:
    return all(isinstance(statement, _SIMPLE) for statement in body)


def _inlined(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Put the body of a `check(candidate)` where it is called; leave out the import of pytest, which is not there."""
    checks = {s.name: s for s in statements if isinstance(s, ast.FunctionDef) and _is_check(s)}
    for statement in statements:
        match statement:
            case ast.FunctionDef(name=name) if name in checks:
                continue
            case ast.Import(names=[ast.alias(name="pytest", asname=None)]):
                continue
            case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=[argument], keywords=[])) if name in checks:
                check = checks[name]
                yield from put(ast.Module(body=check.body, type_ignores=[]), {check.args.args[0].arg: argument}).body
            case _:
                yield statement


def _is_check(function: ast.FunctionDef) -> bool:
    """One plain parameter, and no way out of it but its end."""
    arguments = function.args
    plain = len(arguments.args) == 1 and not (arguments.posonlyargs or arguments.kwonlyargs or arguments.defaults)
    leaves = (ast.Return, ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal)
    return plain and not function.decorator_list and not any(isinstance(node, leaves) for node in ast.walk(function))
