"""Drops each rule of the model, one at a time, and shows that its browserless tests notice.

    python tests/model/mutate.py [--only TEXT] [--list]

A rule is a raise, a condition (taken as always true, as never true, each operand left out), a
branch of a conditional expression, a comparison, a filter, a constant truth value, a call, a
member of a set, tuple or list that the module keeps. Each mutant is compiled in memory in a forked
process that runs the tests of the model until one fails, so nothing is written. A mutant that
survives and is not listed in `EQUIVALENT`, with the reason, fails the run.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import importlib.machinery
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MODEL = HERE.parents[1] / "pytest_offline" / "model"
FILES = (
    "cache.py", "cache_storage.py", "filtering.py", "messages.py", "request_matching.py",
    "response_list.py", "urls.py",
)  # fmt: skip
TESTS = (
    "test_matching_cases.py", "test_cache.py", "test_cache_rules.py", "test_messages.py",
    "test_filtering.py",
)  # fmt: skip
PATIENCE = 60
"""Seconds after which a mutant that makes the tests run on and on counts as noticed."""

EQUIVALENT: dict[str, str] = {
    "cache.py: Cache.add_all: always: if isinstance(request, Request):": (
        "strings are checked by step 5.2 too, with the same error, and nothing is fetched before"
    ),
    "cache.py: Cache.add_all: no call: _check_key(self._request(request))": (
        "step 5.2 checks all of them again, with the same error, before anything is fetched"
    ),
    "cache.py: Cache.add_all: never: if isinstance(request, Request):": (
        "as where the call is left out: step 5.2 checks all of them"
    ),
    "cache.py: _stored: without response.type == 'error': response.type == 'error' or not "
    "response.ok or response.status == 206": "a network error has the status 0, which is not ok",
    "messages.py: Request.__post_init__: always: if self.method != 'GET':": (
        "a short cut: GET is normalised to GET"
    ),
    "messages.py: Request.against: never: self if href == self.url else replace(self, url=href)": (
        "a short cut: a copy with the same URL is equal"
    ),
    "request_matching.py: options_of: always: if ignore_search or ignore_method or ignore_vary:": (
        "a short cut: options of which none is set are EXACT"
    ),
    "request_matching.py: make_item: never: if not names:": (
        "a short cut: of no names there are no values"
    ),
    "request_matching.py: matches: without not item.vary: options.ignore_vary or not item.vary "
    "or vary_agrees(query, item)": "a short cut: what varies on nothing agrees",
    "response_list.py: RequestResponseList.__init__: flipped: False": (
        "a list that owns itself makes one copy too many"
    ),
    "response_list.py: RequestResponseList._near: always: if options.ignore_search:": (
        "a short cut: all items of a path are asked, and matches looks at the query itself"
    ),
    "response_list.py: RequestResponseList._bucket: always: if path not in self._own_paths:": (
        "a short cut: a bucket is copied once more"
    ),
    "response_list.py: RequestResponseList._bucket: no call: self._own_paths.add(path)": (
        "a bucket is copied at each change"
    ),
    "response_list.py: RequestResponseList._own: always: if self._shared:": (
        "what is nobody else's is copied all the same"
    ),
    "response_list.py: RequestResponseList._own: flipped: False": (
        "what is nobody else's is copied all the same"
    ),
    "response_list.py: RequestResponseList._remove: always: if left:": (
        "an empty tuple stays behind, and is found like none"
    ),
    "response_list.py: RequestResponseList._remove: never: if not self._by_path[url.path]:": (
        "an empty dict stays behind, and is found like none"
    ),
}
"""Mutants that no test can tell from the original, and why: ``file: function: mutation``."""


@dataclass
class Mutant:
    file: str
    function: str
    line: int
    what: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return f"{self.file}: {self.function}: {self.what}"


def mutants_of(file: str) -> Iterator[Mutant]:
    source = (MODEL / file).read_text(encoding="utf-8")
    tree = ast.parse(source)
    _drop_typing_blocks(tree)
    for at, (node, function) in enumerate(_functions(tree)):
        del node
        for number in range(_count(_nth(tree, at))):
            changed = copy.deepcopy(tree)
            line, what = _change(_nth(changed, at), number)
            yield Mutant(file, function, line, what, ast.fix_missing_locations(changed))
    for number, (name, line, member) in enumerate(_members(tree)):
        changed = copy.deepcopy(tree)
        _leave_out(changed, number)
        what = f"without {ast.unparse(member)}"
        yield Mutant(file, name, line, what, ast.fix_missing_locations(changed))


Collection = (ast.Set, ast.Tuple, ast.List)


def _collections(tree: ast.Module) -> Iterator[tuple[str, ast.Set | ast.Tuple | ast.List]]:
    """Those that the module itself keeps, and the names of what keeps them."""
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            for node in ast.walk(statement.value):
                if isinstance(node, Collection):
                    yield ast.unparse(statement.target), node


def _members(tree: ast.Module) -> list[tuple[str, int, ast.expr]]:
    return [
        (name, member.lineno, member) for name, node in _collections(tree) for member in node.elts
    ]


def _leave_out(tree: ast.Module, number: int) -> None:
    for _, node in _collections(tree):
        if number < len(node.elts):
            del node.elts[number]
            return
        number -= len(node.elts)
    raise AssertionError(number)


def _drop_typing_blocks(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                each
                for each in body
                if not (isinstance(each, ast.If) and ast.unparse(each.test) == "TYPE_CHECKING")
            ]


def _functions(tree: ast.AST) -> list[tuple[ast.FunctionDef, str]]:
    found: list[tuple[ast.FunctionDef, str]] = []

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                visit(child, f"{prefix}{child.name}.")
            elif isinstance(child, ast.FunctionDef):
                found.append((child, f"{prefix}{child.name}"))

    visit(tree, "")
    return found


def _nth(tree: ast.AST, at: int) -> ast.FunctionDef:
    return _functions(tree)[at][0]


def _count(function: ast.FunctionDef) -> int:
    return sum(len(_ways(node)) for node in _nodes(function))


def _change(function: ast.FunctionDef, number: int) -> tuple[int, str]:
    for node in _nodes(function):
        ways = _ways(node)
        if number < len(ways):
            before = ast.unparse(node).splitlines()[0][:90]
            line = getattr(node, "lineno", function.lineno)
            said = ways[number](node)
            return line, f"{said}: {before}"
        number -= len(ways)
    raise AssertionError(number)


def _nodes(function: ast.FunctionDef) -> list[ast.AST]:
    return [node for node in ast.walk(function) if node is not function]


def _ways(node: ast.AST) -> list:
    if isinstance(node, ast.Raise):
        return [_no_raise]
    if isinstance(node, (ast.If, ast.IfExp)):
        return [_always, _never]
    if isinstance(node, ast.BoolOp):
        return [_without(index) for index in range(len(node.values))]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return [_no_not]
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return [_opposite]
    if isinstance(node, ast.comprehension) and node.ifs:
        return [_no_filter]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return [_flip]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return [_no_call]
    return []


def _become(node: ast.AST, other: ast.AST) -> None:
    fields = dict(ast.iter_fields(other))
    node.__class__ = other.__class__  # type: ignore[assignment]
    for name in list(node.__dict__):
        if name not in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
            del node.__dict__[name]
    node.__dict__.update(fields)


def _no_raise(node: ast.AST) -> str:
    _become(node, ast.Pass())
    return "no raise"


def _no_call(node: ast.AST) -> str:
    _become(node, ast.Pass())
    return "no call"


def _always(node: ast.If | ast.IfExp) -> str:
    node.test = ast.Constant(True)
    return "always"


def _never(node: ast.If | ast.IfExp) -> str:
    node.test = ast.Constant(False)
    return "never"


def _without(index: int):
    def change(node: ast.BoolOp) -> str:
        left = ast.unparse(node.values[index])
        del node.values[index]
        if len(node.values) == 1:
            _become(node, node.values[0])
        return f"without {left}"

    return change


def _no_not(node: ast.UnaryOp) -> str:
    _become(node, node.operand)
    return "no not"


_OPPOSITES = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
}  # fmt: skip


def _opposite(node: ast.Compare) -> str:
    node.ops = [_OPPOSITES[type(node.ops[0])]()]
    return "opposite"


def _no_filter(node: ast.comprehension) -> str:
    node.ifs = []
    return "no filter"


def _flip(node: ast.Constant) -> str:
    node.value = not node.value
    return "flipped"


def survives(mutant: Mutant, budget: int = PATIENCE) -> bool:
    """Runs the tests in a process of its own, with the mutant in place of the module."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) == 0
    signal.alarm(budget)
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    os._exit(_run(mutant))


def _run(mutant: Mutant) -> int:
    import pytest

    for name in [name for name in sys.modules if name.startswith("pytest_offline.model")]:
        del sys.modules[name]
    try:
        _import_with(mutant)
        arguments = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:pytest_offline",
                     "-p", "no:xdist", "-p", "no:playwright", "-W", "ignore",
                     "--noconftest", "-c", os.devnull, "--rootdir", str(HERE)]  # fmt: skip
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        return int(pytest.main([*arguments, *(str(HERE / test) for test in TESTS)]))
    except BaseException:
        return 1


def _import_with(mutant: Mutant) -> None:
    """Imports the model so that the one module is the mutant from its first line on."""
    wanted = f"pytest_offline.model.{Path(mutant.file).stem}"
    code = compile(mutant.tree, str(MODEL / mutant.file), "exec")

    class Loader(importlib.machinery.SourceFileLoader):
        def get_code(self, fullname: str):
            return code

    class Finder:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None):
            if name != wanted:
                return None
            loader = Loader(name, str(MODEL / mutant.file))
            return importlib.util.spec_from_file_location(name, loader=loader)

    sys.meta_path.insert(0, Finder)  # type: ignore[arg-type]
    importlib.import_module("pytest_offline.model")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="mutants whose name has this")
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    options = parser.parse_args()
    sys.path.insert(0, str(HERE.parents[1]))
    import hypothesis  # noqa: F401  imported once, not in every process
    import pytest  # noqa: F401

    mutants = [
        each
        for file in FILES
        if (MODEL / file).is_file()
        for each in mutants_of(file)
        if options.only in each.name
    ]
    if options.list:
        print("\n".join(f"{each.name} (line {each.line})" for each in mutants))
        return 0
    left: list[Mutant] = []
    for number, mutant in enumerate(mutants):
        if survives(mutant):
            left.append(mutant)
            known = EQUIVALENT.get(mutant.name)
            print(f"survived: {mutant.name} (line {mutant.line}){f': {known}' if known else ''}")
        if sys.stderr.isatty():
            print(f"{number + 1} of {len(mutants)}", end="\r", file=sys.stderr)
    excused = sum(mutant.name in EQUIVALENT for mutant in left)
    print(f"{len(mutants)} mutants: {len(mutants) - len(left)} noticed, {excused} equivalent, "
          f"{len(left) - excused} survived")  # fmt: skip
    return 1 if len(left) > excused else 0


if __name__ == "__main__":
    sys.exit(main())
