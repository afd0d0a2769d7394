"""Rewriting of one program: imports, names, calls, options, Ops, and comments on what to check."""

import ast
import sys
import textwrap
from dataclasses import dataclass, field

from lenet.porting import calls, operations, options
from lenet.porting.imports import (
    Alias,
    Names,
    from_import,
    place_of_imports,
    replace_statement,
)
from lenet.porting.names import Found, dropped, find, star_names
from lenet.porting.python2 import Python2
from lenet.porting.rules import DROPPED_NAMES, NOTES, Rule
from lenet.porting.scopes import Binding, Scope, Scopes, defaults
from lenet.porting.source import Source, SourceError, parsed

MARK, BY_HAND = "# PORT: ", "by hand: "
COMMENT_WIDTH = 100
OTHERS = (*DROPPED_NAMES, "collections")
PICKLES = ("pickle.load", "pickle.loads", "cPickle.load", "cPickle.loads", "six.moves.cPickle.load")


@dataclass(frozen=True)
class Change:
    """What has become of a statement.

    Parameters
    ----------
    line : int
        In the old program, from 1 on.
    before, after : str
        Its lines.
    reasons : list of str
        Why, or what to check, or what is left to do.
    """

    line: int
    before: str
    after: str
    reasons: list[str]


@dataclass
class Ported:
    """A program after the port.

    Parameters
    ----------
    text : str
    changes, checks, left : list of Change
        What was translated; what has changed its meaning; what was not translated.
    """

    text: str
    changes: list[Change] = field(default_factory=list)
    checks: list[Change] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)


def port(text: str, path: str, is_python2: bool = False, is_moved: bool = False) -> Ported:
    """Return a program for Theano as one for PyTensor and `lenet.nnet`.

    Parameters
    ----------
    text : str
        For Python 3, with ``\\n`` at the ends of lines.
    path : str
        For messages.
    is_python2 : bool
        Whether it was one for Python 2, so that ``/`` of integers gives an integer.
    is_moved : bool
        Whether the result lies in another folder.

    Raises
    ------
    SourceError
        If it is no program for Python 3.
    """
    try:
        return Rewriter(Source(text, path), is_python2, is_moved).run(path)
    except RecursionError as error:
        raise SourceError(f"{path}: too deeply nested") from error


class Rewriter:
    """Gathers the edits of a program.

    Parameters
    ----------
    source : Source
    is_python2, is_moved : bool
        See `port`.
    """

    def __init__(self, source: Source, is_python2: bool, is_moved: bool) -> None:
        self.source, self.is_python2, self.is_moved = source, is_python2, is_moved
        self.scopes = Scopes(source.tree)
        self.names = Names(self.scopes)
        self.reasons: dict[int, list[str]] = {}
        self.notes: dict[str, list[int]] = {}
        self.left: dict[int, list[str]] = {}
        self.old_imports: dict[int, bool] = {}
        # Parts that are replaced as a whole, in which nothing else is edited.
        self.dead: list[tuple[int, int]] = []
        # Imports whose function keeps its old interface, as it is passed on.
        self.kept_interfaces: set[int] = set()
        self.stars: dict[int, list[str]] = {}
        self.import_scopes: dict[int, Scope] = {}

    def run(self, path: str) -> Ported:
        """Return the ported program."""
        self.bind_stars()
        self.find_module_names()
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.edit_import(node)
        for name in self.scopes.uses:
            self.edit_use(name)
        for node in ast.walk(self.source.tree):
            self.look_at(node)
        if self.is_python2:
            Python2(self).edit()
        self.drop_dead_edits()
        if self.names.statements:
            self.add_imports()
        return self.result(path)

    # What is told.

    def because(self, line: int, reason: str) -> None:
        """Note why a line is edited."""
        reasons = self.reasons.setdefault(self.source.logical_line(line)[0], [])
        if reason not in reasons:
            reasons.append(reason)

    def check(self, line: int, note: str) -> None:
        """Note what to check at a line."""
        lines = self.notes.setdefault(NOTES.get(note, note), [])
        first = self.source.logical_line(line)[0]
        if first not in lines:
            lines.append(first)

    def by_hand(self, line: int, what: str) -> None:
        """Note what is left to do at a line."""
        found = self.left.setdefault(self.source.logical_line(line)[0], [])
        if what not in found:
            found.append(what)

    # Imports.

    def bind_stars(self) -> None:
        """Bind the names that stars bring and that are used."""
        for node in ast.walk(self.source.tree):
            if not isinstance(node, ast.ImportFrom) or node.level or not is_theano(node.module):
                continue
            if [alias.name for alias in node.names] != ["*"]:
                continue
            assert node.module is not None
            known = star_names(node.module)
            used = {
                name.id
                for name in self.scopes.uses
                if isinstance(name.ctx, ast.Load)
                and name.id in known
                and self.scopes.of[id(name)].holder(name.id) is None
            }
            self.stars[id(node)] = sorted(used)
            for name in used:
                binding = Binding(node.lineno, f"{node.module}.{name}", statement=node)
                self.scopes.module.bind(name, binding)
            self.check(node.lineno, "star")

    def find_module_names(self) -> None:
        """Find the names that modules have, in the new program too."""
        for node in ast.walk(self.source.tree):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            scope = self.scope_of(node)
            for alias in node.names:
                if isinstance(node, ast.Import):
                    name = alias.asname or alias.name.split(".")[0]
                    old = alias.name if alias.asname else name
                    module = new_module(old)
                    new = "pytensor" if name == "theano" and not alias.asname else name
                    if is_theano(alias.name) and not self.keeps(module, name, bool(alias.asname)):
                        continue
                    self.names.aliases.append(Alias(name, new, module, scope))
                elif is_theano(node.module) and not node.level:
                    brought = self.stars.get(id(node), []) if alias.name == "*" else [alias.name]
                    for name in brought:
                        own = alias.asname or name
                        found = find(f"{node.module}.{name}")
                        if found.is_module and self.keeps(found.rule.new, own, bool(alias.asname)):
                            self.names.aliases.append(Alias(own, own, found.rule.new, scope))

    def keeps(self, module: str, name: str, is_chosen: bool) -> bool:
        """Return whether a module that a name stands for keeps the name."""
        return bool(module) and (is_chosen or module.rpartition(".")[2] == name or name == "theano")

    def scope_of(self, node: ast.stmt) -> Scope:
        """Return the scope of an import."""
        if not self.import_scopes:
            scopes = {id(scope): scope for scope in (*self.scopes.of.values(), self.scopes.module)}
            self.import_scopes = {
                id(binding.statement): scope
                for scope in scopes.values()
                for bindings in scope.bindings.values()
                for binding in bindings
                if binding.statement is not None
            }
        return self.import_scopes.get(id(node), self.scopes.module)

    def edit_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Edit an import."""
        parts = self.plain_import(node) if isinstance(node, ast.Import) else self.from_import(node)
        if parts is None:
            return
        self.old_imports[id(node)] = True
        if parts == [ast.unparse(node)]:
            return
        replace_statement(self.source, node, self.scopes.parents.get(id(node)), parts)
        self.because(node.lineno, "imports: what PyTensor lacks is in lenet")

    def plain_import(self, node: ast.Import) -> list[str] | None:
        """Return the statements for ``import ...``; None if it stays."""
        if not any(is_theano(alias.name) for alias in node.names):
            return None
        parts: list[str] = []
        for alias in node.names:
            text = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
            if is_theano(alias.name):
                text = self.new_plain_import(node, alias, text)
            if text and text not in parts:
                parts.append(text)
        return parts

    def new_plain_import(self, node: ast.Import, alias: ast.alias, old: str) -> str:
        """Return the statement for one name of ``import ...``; empty if there is none."""
        found = find(alias.name)
        if found.rule.left and not found.is_module:
            self.by_hand(node.lineno, f"{alias.name}: {found.rule.left}")
            return old
        if alias.asname is None:
            module = found.rule.new
            same_tree = module in ("pytensor", "pytensor.tensor")
            return f"import {module if same_tree else 'pytensor'}"
        module = found.rule.new
        if not self.keeps(module, alias.asname, True):
            return ""
        package, _, name = module.rpartition(".")
        if package == "lenet":
            return from_import(package, [(name, alias.asname)])
        return (
            f"import {module} as {alias.asname}" if module != alias.asname else f"import {module}"
        )

    def from_import(self, node: ast.ImportFrom) -> list[str] | None:
        """Return the statements for ``from ... import ...``; None if it stays."""
        if node.level or not node.module:
            return None
        ours = is_theano(node.module)
        if not ours and node.module not in OTHERS:
            return None
        names = [(alias.name, alias.asname or alias.name) for alias in node.names]
        if id(node) in self.stars:
            names = [(name, name) for name in self.stars[id(node)]]
        elif names == [("*", "*")]:
            return None
        groups: dict[str, list[tuple[str, str]]] = {}
        others: list[str] = []
        changed = ours
        for name, own in names:
            path = f"{node.module}.{name}"
            rule = self.import_rule(node, path, own) if ours else dropped(path)
            if rule is None or (not ours and rule.edit):
                groups.setdefault(node.module, []).append((name, own))
                continue
            changed = True
            if rule.left:
                self.by_hand(node.lineno, f"{path}: {rule.left}")
                groups.setdefault(node.module, []).append((name, own))
            elif "." in rule.new.lstrip("-"):
                module, _, new = rule.new.rpartition(".")
                groups.setdefault(module, []).append((new, own))
            elif rule.new and rule.new != own:
                others.append(f"{own} = {rule.new}")
        if not changed:
            return None
        indent = self.source.indent(node.lineno)
        return [from_import(module, pairs, indent) for module, pairs in groups.items()] + others

    def import_rule(self, node: ast.ImportFrom, path: str, own: str) -> Rule:
        """Return the rule for what is imported; an empty one if it needs no import any more."""
        found = find(path)
        if path == "theano.config":
            return Rule(path, "pytensor.config")
        if found.is_module:
            module = found.rule.new
            chosen = any(alias.asname == own and alias.asname for alias in node.names)
            return Rule(path, module if self.keeps(module, own, chosen) else "")
        rule = found.rule
        if rule.edit == "op":
            return Rule(path, self.op_class(), edit="op")
        if rule.edit in ("nothing", "is_false"):
            return Rule(path)
        if rule.value:
            uses = [
                name for name in self.scopes.uses if self.is_bound_by(name, node) and name.id == own
            ]
            if not all(self.is_plain_call(name) for name in uses):
                self.kept_interfaces.add(id(node))
                return Rule(path, rule.value)
        return rule

    def is_bound_by(self, name: ast.Name, node: ast.stmt) -> bool:
        """Return whether a name is used as an import has bound it."""
        return any(binding.statement is node for binding in self.scopes.bindings(name))

    def is_plain_call(self, node: ast.expr) -> bool:
        """Return whether a function is called, without ``*`` and ``**``."""
        call = self.call_of(node)
        return (
            call is not None
            and not any(isinstance(each, ast.Starred) for each in call.args)
            and all(keyword.arg for keyword in call.keywords)
        )

    def call_of(self, node: ast.AST) -> ast.Call | None:
        """Return the call of a function."""
        parent = self.scopes.parents.get(id(node))
        return parent if isinstance(parent, ast.Call) and parent.func is node else None

    def op_class(self) -> str:
        """Return the class that the program's Ops are derived from: that with C code, if any has it."""
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.ClassDef) and self.is_op(node) and operations.has_c_code(node):
                return "pytensor.link.c.op.COp"
        return "pytensor.graph.Op"

    def is_op(self, node: ast.ClassDef) -> bool:
        """Return whether a class is derived from Theano's Op."""
        paths = [self.scopes.resolve(base) for base in node.bases]
        return any(is_theano(path) and find(path).rule.edit == "op" for path in paths)

    # Names in use.

    def edit_use(self, name: ast.Name) -> None:
        """Edit a name, with the attributes behind it, if it stands for something of Theano's."""
        base = self.scopes.resolve(name)
        if not base and name.id == "theano" and isinstance(name.ctx, ast.Load):
            if self.scopes.of[id(name)].holder("theano") is None:
                self.by_hand(name.lineno, "theano is not imported here: it comes from elsewhere")
            return
        root = base.partition(".")[0]
        if not isinstance(name.ctx, ast.Load) or (root != "theano" and root not in OTHERS):
            return
        nodes: list[ast.expr] = [name]
        while True:
            parent = self.scopes.parents.get(id(nodes[-1]))
            if not isinstance(parent, ast.Attribute) or parent.value is not nodes[-1]:
                break
            nodes.append(parent)
        attributes = [node.attr for node in nodes[1:] if isinstance(node, ast.Attribute)]
        if root == "theano":
            self.edit_theano(name, base, nodes, attributes)
        else:
            self.edit_other(name, base, nodes, attributes)

    def edit_theano(
        self, name: ast.Name, base: str, nodes: list[ast.expr], attributes: list[str]
    ) -> None:
        """Edit a name of Theano's."""
        bindings = self.scopes.bindings(name)
        is_assigned = not any(binding.path for binding in bindings)
        found = find(".".join([base, *attributes]))
        if not is_assigned and len({b.path for b in bindings}) > 1 and attributes:
            others = any(not binding.path for binding in bindings)
            if others and not self.is_guarded(bindings):
                self.by_hand(
                    name.lineno, f"{name.id} is bound to something else, too: is it Theano here?"
                )
        if found.path == "theano.config" or base.startswith("theano.config"):
            if base in ("theano", "theano.config") or base.startswith("theano.config."):
                options.edit(self, name, base, nodes, attributes)
            return
        count = found.path.count(".") - base.count(".")
        if is_assigned and (count <= 0 or not attributes):
            return
        node = nodes[max(count, 0)]
        if found.rule.left and not found.is_module:
            self.by_hand(name.lineno, f"{found.path}: {found.rule.left}")
            return
        if found.is_module and not attributes:
            self.edit_bare_module(name, found)
            return
        self.edit_found(name, node, found, is_imported=count <= 0)

    def is_guarded(self, bindings: list[Binding]) -> bool:
        """Return whether what is no import among some bindings is ``name = None``, for want of it."""
        return all(
            binding.path or (binding.expression is None and binding.line) for binding in bindings
        ) and any(
            isinstance(self.scopes.parents.get(id(b.statement)), ast.Try)
            for b in bindings
            if b.statement
        )

    def edit_bare_module(self, name: ast.Name, found: Found) -> None:
        """Edit the name of a module that is passed on as it is."""
        if not found.rule.new:
            self.by_hand(name.lineno, f"{found.path}: its names are in several modules now")
            return
        self.rewrite(name, name, found.rule.new, found.path)

    def edit_found(self, name: ast.Name, node: ast.expr, found: Found, is_imported: bool) -> None:
        """Edit a name, and the call of it."""
        rule, line = found.rule, node.lineno
        call = self.call_of(node)
        if self.is_unplaced(name):
            has_other_arguments = bool(rule.keywords or rule.parameters or rule.edit or rule.added)
            if (call and has_other_arguments) or self.source.segment(node) != ast.unparse(node):
                self.by_hand(line, f"{found.path}: in a string that begins with f")
                return
            call = None
        if call is not None and rule.edit in calls.REPLACED:
            self.replace(call, calls.REPLACED[rule.edit], f"{found.path}: there is none here")
            self.check(line, rule.note)
            return
        if call is None and (rule.edit in calls.ONLY_CALLED or rule.added):
            self.by_hand(
                line,
                f"{found.path} is passed on, not called: give its new arguments where it is called",
            )
        kept = is_imported and any(
            id(b.statement) in self.kept_interfaces for b in self.scopes.bindings(name)
        )
        value = rule.value if rule.value and not self.is_plain_call(node) else ""
        if found.is_module and not rule.new:
            self.by_hand(line, f"{found.path}: its names are in several modules now")
            return
        if not is_imported:
            target = value or (self.op_class() if rule.edit == "op" else rule.new)
            self.rewrite(name, node, target, found.path)
        elif "." not in rule.new.lstrip("-") and rule.new == "None":
            self.replace(node, rule.new, f"{found.path}: there is none here")
        if rule.note and not (rule.edit == "function" and call is not None):
            self.check(line, rule.note)
        if call is not None and not kept and not value:
            before = len(self.source.edits)
            done = calls.edit_call(self.source, call, rule)
            if len(self.source.edits) > before:
                self.because(call.lineno, f"{found.path}: other arguments")
            for note in done.notes:
                self.check(call.lineno, note)
            for what in done.left:
                self.by_hand(call.lineno, f"{found.path}: {what}")

    def is_unplaced(self, node: ast.AST) -> bool:
        """Return whether a node is in an f-string, within which Python before 3.12 does not say where."""
        if sys.version_info >= (3, 12):
            return False
        parent: ast.AST | None = node
        while parent is not None and not isinstance(parent, ast.stmt):
            if isinstance(parent, ast.JoinedStr):
                return True
            parent = self.scopes.parents.get(id(parent))
        return False

    def edit_other(
        self, name: ast.Name, base: str, nodes: list[ast.expr], attributes: list[str]
    ) -> None:
        """Edit a name that NumPy or Python's library has dropped."""
        module = base if base in OTHERS else ""
        if not module or not attributes:
            return
        path = f"{module}.{attributes[0]}"
        rule = dropped(path)
        if rule is None:
            return
        node, line = nodes[1], name.lineno
        if rule.edit == "cast":
            subscript = self.scopes.parents.get(id(node))
            if isinstance(subscript, ast.Subscript) and self.call_of(subscript) is not None:
                opening = self.source.token_after(self.source.end(node), "[")
                close = self.source.end(subscript)
                numpy = self.source.segment(name)
                self.source.replace(self.source.start(name), opening + 1, f"{numpy}.dtype(")
                self.source.replace(close - 1, close, ").type")
                self.because(line, f"{path} is gone")
            else:
                self.by_hand(line, f"{path} is gone: numpy.asarray(x, dtype)")
        elif rule.edit == "asscalar":
            call = self.call_of(node)
            if call is None:
                self.by_hand(line, f"{path} is gone: x.item()")
                return
            self.source.replace(
                self.source.end(node) - len("asscalar"), self.source.end(node), "asarray"
            )
            self.source.replace(self.source.end(call), self.source.end(call), ".item()")
            self.because(line, f"{path} is gone")
        else:
            self.rewrite(name, node, rule.new, path)

    def rewrite(self, name: ast.Name, node: ast.expr, target: str, old: str) -> None:
        """Write a name as it is called now."""
        text = self.names.write(target, self.scopes.of[id(name)], name.id)
        start, end = self.source.start(name), self.source.end(node)
        if self.source.text[start:end] != text:
            self.source.replace(start, end, text)
            self.because(name.lineno, f"{old} is {target} now")

    def replace(self, node: ast.expr, text: str, reason: str) -> None:
        """Write something else in place of an expression, whatever is in it."""
        start, end = self.source.start(node), self.source.end(node)
        self.dead.append((start, end))
        self.source.replace(start, end, text)
        self.because(node.lineno, reason)

    def replace_statement(self, node: ast.stmt, reason: str) -> None:
        """Write ``pass`` in place of a statement."""
        start, end = self.source.start(node), self.source.end(node)
        self.dead.append((start, end))
        self.source.replace(start, end, "pass")
        self.because(node.lineno, reason)

    def drop_dead_edits(self) -> None:
        """Leave out edits within what is replaced as a whole."""
        edits = self.source.edits[:]
        for start, end in self.dead:
            whole = next(edit for edit in edits if edit[:2] == (start, end))
            edits = [e for e in edits if e is whole or not (start <= e[0] and e[1] <= end)]
        self.source.edits[:] = edits

    # What else there is.

    def look_at(self, node: ast.AST) -> None:
        """Edit methods, Ops and others that no name leads to."""
        if isinstance(node, ast.Call):
            self.look_at_call(node)
        elif isinstance(node, ast.ClassDef) and self.is_op(node):
            edited, left = operations.edit_methods(self.source, node)
            for line in edited:
                self.because(line, "methods of an Op have other names or arguments")
            for line, what in left:
                self.by_hand(line, what)
            if edited:
                self.check(node.lineno, "op")
        elif isinstance(node, ast.Constant) and node.value == "THEANO_FLAGS":
            self.check(node.lineno, "flags")
        elif isinstance(node, ast.Attribute) and node.attr == "test_value":
            self.check(node.lineno, "test_value")
        elif isinstance(node, ast.Name) and node.id == "__file__" and self.is_moved:
            self.check(node.lineno, "file")
        elif isinstance(node, ast.FunctionDef) and self.old_imports:
            self.look_for_truth(node)

    def look_at_call(self, node: ast.Call) -> None:
        """Edit calls of methods of variables, and note what is unpickled."""
        if self.is_unplaced(node):
            return
        if self.old_imports and self.scopes.resolve(node.func) in PICKLES:
            self.check(node.lineno, "pickle")
        if not isinstance(node.func, ast.Attribute) or self.scopes.resolve(node.func):
            return
        if node.func.attr == "reshape" and len(node.args) == 2:
            first, second = node.args
            is_count = isinstance(second, ast.Constant) and isinstance(second.value, int)
            if is_count and isinstance(first, ast.Tuple | ast.List):
                start = self.source.start(second)
                self.source.replace(start, start, "ndim=")
                self.because(node.lineno, "reshape takes ndim by its name")
            elif is_count and isinstance(first, ast.Name | ast.Attribute) and self.old_imports:
                self.check(node.lineno, "reshape of a variable takes ndim by its name: ndim=2")
        for keyword in node.keywords:
            if node.func.attr == "flatten" and keyword.arg == "outdim":
                start = self.source.start(keyword)
                self.source.replace(start, start + len("outdim"), "ndim")
                self.because(node.lineno, "outdim is ndim")

    def look_for_truth(self, node: ast.FunctionDef) -> None:
        """Note where a parameter that may be None is asked whether it is true."""
        if not any(
            isinstance(each, ast.Constant) and each.value is None for each in defaults(node)
        ):
            return
        arguments = node.args.args[len(node.args.args) - len(node.args.defaults) :]
        optional = {
            argument.arg
            for argument, default in zip(arguments, node.args.defaults, strict=True)
            if isinstance(default, ast.Constant) and default.value is None
        }
        for each in ast.walk(node):
            if not isinstance(each, ast.If | ast.IfExp):
                continue
            test = each.test.operand if isinstance(each.test, ast.UnaryOp) else each.test
            if isinstance(test, ast.Name) and test.id in optional:
                self.check(each.lineno, "truth")

    # The result.

    def add_imports(self) -> None:
        """Add the imports that are needed in addition."""
        statement, is_behind = place_of_imports(self.source.tree, self.old_imports)
        text = "\n".join(self.names.statements)
        if statement is None:
            place, text = 0, text + "\n"
        else:
            first, last = self.source.logical_line(statement.lineno)
            decorators = getattr(statement, "decorator_list", [])
            first = min([first, *(each.lineno for each in decorators)])
            whole = self.source.starts[first - 1]
            deleted = any(
                start == whole and end > self.source.end(statement)
                for start, end, _ in self.source.edits
            )
            if is_behind and not deleted:
                place, text = min(self.source.starts[last] - 1, len(self.source.text)), "\n" + text
            else:
                place, text = whole, text + "\n"
            self.because(first, "imports: what PyTensor lacks is in lenet")
        edits = self.source.edits
        edits.insert(0 if text.endswith("\n") else len(edits), (place, place, text))

    def result(self, path: str) -> Ported:
        """Return the text with all edits and comments, and what has been changed."""
        ported = Ported("")
        for line, reasons in sorted(self.reasons.items()):
            ported.changes.append(self.change(line, reasons))
        for note, lines in self.notes.items():
            for line in sorted(lines):
                ported.checks.append(self.change(line, [note]))
        for line, reasons in sorted(self.left.items()):
            ported.left.append(self.change(line, reasons))
        ported.checks.sort(key=lambda change: change.line)
        comments: dict[int, list[str]] = {}
        for note, lines in self.notes.items():
            comments.setdefault(min(lines), []).append(note)
        for line, reasons in self.left.items():
            comments.setdefault(line, []).extend(f"{BY_HAND}{reason}" for reason in reasons)
        for line, texts in comments.items():
            begin = self.source.starts[line - 1]
            lines = [comment(text, self.source.indent(line)) for text in texts]
            self.source.edits.insert(0, (begin, begin, "".join(lines)))
        ported.text = self.source.edited()
        parsed(ported.text, path)
        return ported

    def change(self, line: int, reasons: list[str]) -> Change:
        """Return what has become of the statement that begins in a line."""
        first, last = self.source.logical_line(line)
        before = "\n".join(self.source.lines[first - 1 : last])
        return Change(first, before, self.source.edited(first, last).rstrip("\n"), reasons)


def is_theano(path: str | None) -> bool:
    """Return whether a dotted name is Theano's."""
    return path is not None and path.partition(".")[0] == "theano"


def new_module(path: str) -> str:
    """Return the module that has the names of one."""
    return find(path).rule.new if is_theano(path) else path


def comment(text: str, indent: str) -> str:
    """Return the lines of a comment on what follows."""
    width = max(COMMENT_WIDTH - len(indent.expandtabs()), 40)
    lines = textwrap.wrap(text, width - len(MARK), break_long_words=False, break_on_hyphens=False)
    return "".join(
        f"{indent}{MARK if number == 0 else '#       '}{line}\n"
        for number, line in enumerate(lines)
    )
