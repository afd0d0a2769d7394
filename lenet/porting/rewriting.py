"""Rewriting of one program: names, calls, options and Ops."""

import ast
import sys
from collections.abc import Collection

from lenet.porting import calls, operations, options
from lenet.porting.findings import Findings, Ported
from lenet.porting.import_statements import OTHERS, ImportStatements
from lenet.porting.imports import Names
from lenet.porting.names import Found, dropped, find, split_dropped
from lenet.porting.python2 import PICKLES, Python2
from lenet.porting.scopes import Binding, Scopes, defaults
from lenet.porting.source import OverlapError, Source, SourceError


def port(
    text: str,
    path: str,
    is_python2: bool = False,
    is_moved: bool = False,
    taken: Collection[str] = (),
) -> Ported:
    r"""Return a program for Theano as one for PyTensor and `lenet.nnet`.

    Parameters
    ----------
    text : str
        For Python 3, with ``\n`` at the ends of lines.
    path : str
        For messages.
    is_python2 : bool
        Whether it was one for Python 2, so that ``/`` of integers gives an integer.
    is_moved : bool
        Whether the result lies in another folder.
    taken : collection of str
        Names that other modules take from this one, whose imports stay.

    Raises
    ------
    SourceError
        If it is no program for Python 3.
    """
    try:
        return Rewriter(Source(text, path), is_python2, is_moved, taken).run(path)
    except RecursionError as error:
        raise SourceError(f"{path}: too deeply nested") from error
    except OverlapError as error:
        raise SourceError(f"{path}: {error}; change that line, and try again") from error


class Rewriter:
    """Gathers the edits of a program.

    Parameters
    ----------
    source : Source
    is_python2, is_moved : bool
    taken : collection of str
        See `port`.
    """

    def __init__(
        self, source: Source, is_python2: bool, is_moved: bool, taken: Collection[str]
    ) -> None:
        self.source, self.is_python2, self.is_moved = source, is_python2, is_moved
        self.scopes = Scopes(source.tree)
        self.names = Names(self.scopes)
        self.findings = Findings(source)
        self.imports = ImportStatements(source, self.scopes, self.names, self.findings, taken)

    def run(self, path: str) -> Ported:
        """Return the ported program."""
        self.imports.edit()
        # A function comes before its arguments, of which it may leave some out.
        for name in sorted(self.scopes.uses, key=lambda name: (name.lineno, name.col_offset)):
            if not self.source.is_left_out(name):
                self.edit_use(name)
        for node in ast.walk(self.source.tree):
            if not (isinstance(node, ast.expr) and self.source.is_left_out(node)):
                self.look_at(node)
        if self.is_python2:
            Python2(self).edit()
        self.source.drop_dead_edits()
        if self.names.statements:
            self.imports.add_imports()
        return self.findings.result(path)

    def edit_use(self, name: ast.Name) -> None:
        """Edit a name, with the attributes behind it, if it stands for Theano's."""
        base = self.scopes.resolve(name)
        if not base and name.id == "theano" and isinstance(name.ctx, ast.Load):
            if self.scopes.of[id(name)].holder("theano") is None:
                self.findings.by_hand(
                    name.lineno, "theano is not imported here: it comes from elsewhere"
                )
            return
        root = base.partition(".")[0]
        if isinstance(name.ctx, ast.Del) and root == "theano":
            self.edit_deletion(name, base)
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

    def edit_deletion(self, name: ast.Name, base: str) -> None:
        """Edit the name of a module that is deleted."""
        if not find(base).is_module:
            return  # a function keeps its name
        alias = next((each for each in self.names.aliases if each.old == name.id), None)
        statement = self.scopes.parents.get(id(name))
        if alias is not None:
            self.rewrite(name, name, alias.module, base)
        elif isinstance(statement, ast.Delete) and len(statement.targets) == 1:
            self.replace_statement(statement, f"{base} is not imported now")
        else:
            self.findings.by_hand(name.lineno, f"{base} is not imported now: do not delete it")

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
                self.findings.by_hand(
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
            self.findings.by_hand(name.lineno, f"{found.path}: {found.rule.left}")
            return
        if found.is_module and not attributes:
            self.edit_bare_module(name, found)
            return
        self.edit_found(name, node, found, is_imported=count <= 0)

    def is_guarded(self, bindings: list[Binding]) -> bool:
        """Return whether all but imports is ``name = None``, for want of them."""
        return all(
            each.path or (isinstance(each.value, ast.Constant) and each.value.value is None)
            for each in bindings
        )

    def edit_bare_module(self, name: ast.Name, found: Found) -> None:
        """Edit the name of a module that is passed on as it is."""
        if not found.rule.new:
            self.findings.by_hand(
                name.lineno, f"{found.path}: its names are in several modules now"
            )
            return
        self.rewrite(name, name, found.rule.new, found.path)

    def edit_found(self, name: ast.Name, node: ast.expr, found: Found, is_imported: bool) -> None:
        """Edit a name, and the call of it."""
        rule, line = found.rule, node.lineno
        call = self.imports.call_of(node)
        if self.is_unplaced(name):
            has_other_arguments = bool(rule.keywords or rule.parameters or rule.edit or rule.added)
            if (call and has_other_arguments) or self.source.segment(node) != ast.unparse(node):
                self.findings.by_hand(line, f"{found.path}: in a string that begins with f")
                return
            call = None
        if call is not None and rule.edit in calls.REPLACED:
            self.replace(call, calls.REPLACED[rule.edit], f"{found.path}: there is none here")
            self.source.left_out.append((self.source.end(node), self.source.end(call)))
            self.findings.check(line, rule.note)
            return
        if call is None and (rule.edit in calls.ONLY_CALLED or rule.added):
            self.findings.by_hand(
                line,
                f"{found.path} is passed on, not called: give its new arguments where it is called",
            )
            if not rule.new:
                return
        kept = is_imported and any(
            id(b.statement) in self.imports.kept_interfaces for b in self.scopes.bindings(name)
        )
        value = rule.value if rule.value and not self.imports.is_plain_call(node) else ""
        if found.is_module and not rule.new:
            self.findings.by_hand(line, f"{found.path}: its names are in several modules now")
            return
        if not is_imported:
            target = value or (self.imports.op_class() if rule.edit == "op" else rule.new)
            self.rewrite(name, node, target, found.path)
        elif "." not in rule.new.lstrip("-") and rule.new == "None":
            self.replace(node, rule.new, f"{found.path}: there is none here")
        if rule.note and not (rule.edit == "function" and call is not None):
            self.findings.check(line, rule.note)
        if call is not None and not kept and not value:
            before = len(self.source.edits)
            done = calls.edit_call(self.source, call, rule)
            if len(self.source.edits) > before:
                self.findings.because(call.lineno, f"{found.path}: other arguments")
            for note in done.notes:
                self.findings.check(call.lineno, note)
            for what in done.left:
                self.findings.by_hand(call.lineno, f"{found.path}: {what}")

    def is_unplaced(self, node: ast.AST) -> bool:
        """Return whether a node is in an f-string, where Python < 3.12 has no places."""
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
        """Edit a name that another library has dropped."""
        path, _ = split_dropped(".".join([base, *attributes]))
        rule = dropped(path) if path else None
        if rule is None or path == base:
            return
        node, line = nodes[path.count(".") - base.count(".")], name.lineno
        if rule.left:
            self.findings.by_hand(line, f"{path}: {rule.left}")
            return
        if rule.edit == "cast":
            subscript = self.scopes.parents.get(id(node))
            if isinstance(subscript, ast.Subscript) and self.imports.call_of(subscript) is not None:
                opening = self.source.token_after(self.source.end(node), "[")
                close = self.source.end(subscript)
                numpy = self.source.segment(name)
                self.source.replace(self.source.start(name), opening + 1, f"{numpy}.dtype(")
                self.source.replace(close - 1, close, ").type")
                self.findings.because(line, f"{path} is gone")
            else:
                self.findings.by_hand(line, f"{path} is gone: numpy.asarray(x, dtype)")
        elif rule.edit == "asscalar":
            call = self.imports.call_of(node)
            if call is None:
                self.findings.by_hand(line, f"{path} is gone: x.item()")
                return
            self.source.replace(
                self.source.end(node) - len("asscalar"), self.source.end(node), "asarray"
            )
            self.source.wrap(call, "", ".item()")
            self.findings.because(line, f"{path} is gone")
        else:
            self.rewrite(name, node, rule.new, path)

    def rewrite(self, name: ast.Name, node: ast.expr, target: str, old: str) -> None:
        """Write a name as it is called now."""
        text = self.names.write(target, self.scopes.of[id(name)], name.id)
        start, end = self.source.start(name), self.source.end(node)
        if self.source.text[start:end] != text:
            self.source.replace(start, end, text)
            self.findings.because(name.lineno, f"{old} is {target} now")

    def replace(self, node: ast.expr, text: str, reason: str) -> None:
        """Write something else in place of an expression, whatever is in it."""
        self.source.replace_whole(self.source.start(node), self.source.end(node), text)
        self.findings.because(node.lineno, reason)

    def replace_statement(self, node: ast.stmt, reason: str) -> None:
        """Write ``pass`` in place of a statement."""
        self.source.replace_whole(self.source.start(node), self.source.end(node), "pass")
        self.findings.because(node.lineno, reason)

    def look_at(self, node: ast.AST) -> None:
        """Edit methods, Ops and others that no name leads to."""
        if isinstance(node, ast.Call):
            self.look_at_call(node)
        elif isinstance(node, ast.ClassDef) and self.imports.is_op(node):
            edited, left = operations.edit_methods(self.source, node)
            for line in edited:
                self.findings.because(line, "methods of an Op have other names or arguments")
            for line, what in left:
                self.findings.by_hand(line, what)
            if edited:
                self.findings.check(node.lineno, "op")
        elif isinstance(node, ast.Constant) and node.value == "THEANO_FLAGS":
            self.findings.check(node.lineno, "flags")
        elif isinstance(node, ast.Attribute) and node.attr == "test_value":
            self.findings.check(node.lineno, "test_value")
        elif (
            isinstance(node, ast.Attribute)
            and node.attr == "default_update"
            and isinstance(node.ctx, ast.Store)
        ):
            self.findings.check(node.lineno, "default_update")
        elif isinstance(node, ast.Name) and node.id == "__file__" and self.is_moved:
            self.findings.check(node.lineno, "file")
        elif isinstance(node, ast.FunctionDef) and self.imports.old:
            self.look_for_truth(node)

    def look_at_call(self, node: ast.Call) -> None:
        """Edit calls of methods of variables, and note what is unpickled."""
        if self.is_unplaced(node):
            return
        if self.imports.old and self.scopes.resolve(node.func) in PICKLES:
            self.findings.check(node.lineno, "pickle")
        if not isinstance(node.func, ast.Attribute) or self.scopes.resolve(node.func):
            return
        if node.func.attr == "reshape" and len(node.args) == 2:
            first, second = node.args
            is_count = isinstance(second, ast.Constant) and isinstance(second.value, int)
            if is_count and isinstance(first, ast.Tuple | ast.List):
                start = self.source.start(second)
                self.source.replace(start, start, "ndim=")
                self.findings.because(node.lineno, "reshape takes ndim by its name")
            elif is_count and isinstance(first, ast.Name | ast.Attribute) and self.imports.old:
                self.findings.check(
                    node.lineno, "reshape of a variable takes ndim by its name: ndim=2"
                )
        for keyword in node.keywords:
            if node.func.attr == "flatten" and keyword.arg == "outdim":
                start = self.source.start(keyword)
                self.source.replace(start, start + len("outdim"), "ndim")
                self.findings.because(node.lineno, "outdim is ndim")

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
                if self.makes_variable(each):
                    start, end = self.source.start(each.test), self.source.end(each.test)
                    self.source.replace(start, end, f"{test.id} is None")
                    self.findings.because(each.lineno, "a variable is neither true nor false")
                    continue
                self.findings.check(each.lineno, "truth")

    def makes_variable(self, node: ast.If | ast.IfExp) -> bool:
        """Return whether ``if not x:`` has a variable made, for which `x` stands else."""
        negates = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
        if not isinstance(node, ast.If) or not negates:
            return False
        parts = [part for each in node.body for part in ast.walk(each)]
        values = [each.value for each in parts if isinstance(each, ast.Assign)]
        paths = [self.scopes.resolve(each.func) for each in values if isinstance(each, ast.Call)]
        return any(path.partition(".")[0] == "theano" for path in paths)

    # The result.
