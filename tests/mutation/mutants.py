"""The mutants to run: cosmic-ray lists them, this selects."""

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

# The opposite and the neighbor of each operator. cosmic-ray's others (a sum that becomes a shift,
# an equality that becomes an order) are killed together with these and cost as much time.
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
    """List the mutants of a module; code that does not run is marked as skipped."""
    init([module], database, {})
    tree = ast.parse(module.read_text("utf-8"))
    unrun = list(_spans_that_do_not_run(tree))
    calculations = list(_spans_between_operands(tree))
    skipped = []
    for item in database.work_items:
        (mutation,) = item.mutations
        position, name = mutation.start_pos, mutation.operator_name
        # cosmic-ray treats the star of `*args` as a multiplication.
        is_star = "BinaryOperator" in name and not _inside(position, calculations)
        if name not in OPERATORS or is_star or _inside(position, unrun):
            skipped.append(item.job_id)
    database.set_multiple_results(skipped, WorkResult(WorkerOutcome.SKIPPED))


def mutate(source: str, mutation: MutationSpec) -> str:
    """Return the source of a module with a mutation."""
    operator = get_operator(mutation.operator_name)(**mutation.operator_args)
    mutated = mutate_code(source, operator, mutation.occurrence)
    assert isinstance(mutated, str)
    return mutated


def digest(*texts: bytes) -> str:
    """Return a short digest of these texts."""
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]


_Position = tuple[int, int]
_Span = tuple[_Position, _Position]


def _spans_that_do_not_run(tree: ast.Module) -> Iterator[_Span]:
    """Yield annotations (all modules postpone them), code for type checkers, overloads and slots.

    The slots of a dataclass save memory; callers cannot observe them.
    """
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
        elif isinstance(node, ast.If | ast.Assign) and "TYPE_CHECKING" in ast.unparse(
            node.test if isinstance(node, ast.If) else node.targets[0]
        ):
            yield _span(node)
        elif isinstance(node, ast.keyword) and node.arg == "slots":
            yield _span(node.value)


def _spans_between_operands(tree: ast.Module) -> Iterator[_Span]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            yield _span(node.left)[1], _span(node.right)[0]
        elif isinstance(node, ast.AugAssign):
            yield _span(node.target)[1], _span(node.value)[0]


def _inside(position: _Position, spans: list[_Span]) -> bool:
    return any(start <= position < end for start, end in spans)


def _span(node: ast.expr | ast.stmt) -> _Span:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
