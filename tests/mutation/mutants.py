"""Which mutants there are: cosmic-ray makes them, this chooses among them."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec, WorkerOutcome, WorkResult

# Each operator's opposite and its neighbour. The others that cosmic-ray has (a sum that becomes a
# shift, an equality that becomes an order) die with these or not at all, and cost as much time.
OPERATORS = frozenset(
    f"core/{name}"
    for name in (
        *("AddNot", "ExceptionReplacer", "NumberReplacer", "RemoveDecorator"),
        *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
        *("ReplaceAndWithOr", "ReplaceOrWithAnd", "ZeroIterationForLoop"),
        *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
        *("ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub"),
        *("ReplaceUnaryOperator_Delete_Invert",),
        *(
            f"ReplaceComparisonOperator_{pair}"
            for pair in (
                *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
                *("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt"),
                *("Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt"),
            )
        ),
        *(
            f"ReplaceBinaryOperator_{pair}"
            for pair in (
                *("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul"),
                *("Pow_Mul", "LShift_RShift", "RShift_LShift"),
                *("BitOr_BitAnd", "BitAnd_BitOr", "BitXor_BitAnd"),
            )
        ),
    )
)


def prepare(module: Path, database: WorkDB) -> None:
    """List the mutants of a module anew; what does not run is marked as skipped."""
    init([module], database, {})
    unrun = list(_spans_that_do_not_run(ast.parse(module.read_text("utf-8"))))
    for item in database.work_items:
        (mutation,) = item.mutations
        inside = any(start <= mutation.start_pos < end for start, end in unrun)
        if inside or mutation.operator_name not in OPERATORS:
            database.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED))


def mutate(source: str, mutation: MutationSpec) -> str:
    """Return a module's text with a mutation in it."""
    operator = get_operator(mutation.operator_name)(**mutation.operator_args)
    mutated = mutate_code(source, operator, mutation.occurrence)
    assert isinstance(mutated, str)
    return mutated


def digest(*texts: bytes) -> str:
    """Return a short name for exactly these texts."""
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]


_Position = tuple[int, int]


def _spans_that_do_not_run(tree: ast.Module) -> Iterator[tuple[_Position, _Position]]:
    """Annotations (all modules postpone them), what only type checkers read, overloads."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield _span(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.returns is not None:
                yield _span(node.returns)
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Name) and decorator.id in ("overload", "override"):
                    start, end = _span(decorator)
                    yield (start[0], start[1] - 1), end
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield _span(node)


def _span(node: ast.expr | ast.stmt) -> tuple[_Position, _Position]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
