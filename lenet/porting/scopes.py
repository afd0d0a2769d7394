"""Scopes of a program: which import a name stands for at a place."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass
class Binding:
    """One of the things that a name is bound to.

    Parameters
    ----------
    line : int
    path : str
        Dotted name of what an import binds; empty for anything else.
    expression : ast.expr, optional
        What an assignment gives the name, where that is a name, too.
    statement : ast.stmt, optional
        The import.
    value : ast.expr, optional
        What an assignment gives the name, of whatever form.
    """

    line: int
    path: str = ""
    expression: ast.expr | None = None
    statement: ast.stmt | None = None
    value: ast.expr | None = None


@dataclass
class Scope:
    """A module, a class, a function or a comprehension, and the names that it binds."""

    parent: "Scope | None" = None
    is_class: bool = False
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    elsewhere: dict[str, "Scope"] = field(default_factory=dict)

    @property
    def module(self) -> "Scope":
        """The scope of the module."""
        return self if self.parent is None else self.parent.module

    def bind(self, name: str, binding: Binding) -> None:
        """Note what a name is bound to."""
        scope = self.elsewhere.get(name, self)
        scope.bindings.setdefault(name, []).append(binding)

    def holder(self, name: str) -> "Scope | None":
        """Return the scope that binds a name used here; None for Python's own names."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.elsewhere:
                return scope.elsewhere[name]
            if name in scope.bindings and (scope is self or not scope.is_class):
                return scope
            scope = scope.parent
        return None


class Scopes(ast.NodeVisitor):
    """Scopes of all names of a module.

    Parameters
    ----------
    tree : ast.Module

    Attributes
    ----------
    of : dict
        From the number (`id`) of each name to its scope.
    parents : dict
        From the number of each node to the node around it.
    names : set of str
        Every identifier.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.of: dict[int, Scope] = {}
        self.parents: dict[int, ast.AST] = {}
        self.names: set[str] = set()
        self.module = self.scope = Scope()
        self.uses: list[ast.Name] = []
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                self.parents[id(child)] = node
        self.visit(tree)

    def resolve(self, node: ast.expr) -> str:
        """Return the dotted name that an expression stands for by imports, or nothing."""
        return self._resolve(node, frozenset())

    def _resolve(self, node: ast.expr, seen: frozenset[int]) -> str:
        if isinstance(node, ast.Attribute):
            path = self._resolve(node.value, seen)
            return f"{path}.{node.attr}" if path else ""
        if not isinstance(node, ast.Name) or id(node) not in self.of:
            return ""
        bindings = self.bindings(node)
        for binding in bindings:
            if binding.path:
                return binding.path
        for binding in bindings:
            if binding.expression is not None and id(binding) not in seen:
                path = self._resolve(binding.expression, seen | {id(binding)})
                if path:
                    return path
        return ""

    def bindings(self, name: ast.Name) -> list[Binding]:
        """Return what a name may be bound to where it is used.

        In the scope that binds it, it is what was bound last before, if that is an import.
        """
        scope = self.of[id(name)]
        holder = scope.holder(name.id)
        if holder is None:
            return []
        bindings = holder.bindings.get(name.id, [])
        if holder is scope and isinstance(name.ctx, ast.Load):
            before = [each for each in bindings if each.line <= name.lineno]
            if before and before[-1].path and len({each.path for each in before}) == 1:
                return before
        return bindings

    def is_sure(self, name: ast.Name) -> bool:
        """Return whether a name stands for one thing only."""
        paths = {
            b.path or (self.resolve(b.expression) if b.expression else "")
            for b in self.bindings(name)
        }
        return len(paths) == 1

    def visit_Name(self, node: ast.Name) -> None:
        """Note the scope of a name, and that it is bound."""
        self.of[id(node)] = self.scope
        self.names.add(node.id)
        self.uses.append(node)
        if isinstance(node.ctx, ast.Store):
            value = self.assigned(node)
            expression = value if isinstance(value, ast.Name | ast.Attribute) else None
            self.scope.bind(node.id, Binding(node.lineno, expression=expression, value=value))

    def assigned(self, node: ast.Name) -> ast.expr | None:
        """Return the expression that a name alone is given."""
        parent = self.parents.get(id(node))
        if isinstance(parent, ast.Assign) and node in parent.targets:
            return parent.value
        return None

    def visit_Import(self, node: ast.Import) -> None:
        """Note the names of an import."""
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            path = alias.name if alias.asname else name
            self.names.add(name)
            self.scope.bind(name, Binding(node.lineno, path, statement=node))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Note the names of an import."""
        for alias in node.names:
            name = alias.asname or alias.name
            self.names.add(name)
            path = f"{node.module}.{alias.name}" if node.module and not node.level else ""
            if alias.name != "*":
                self.scope.bind(name, Binding(node.lineno, path, statement=node))

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        """Note that names belong to another scope."""
        for name in node.names:
            outer = self.scope.module if isinstance(node, ast.Global) else self.scope.parent
            holder = outer if isinstance(node, ast.Global) or outer is None else outer.holder(name)
            self.scope.elsewhere[name] = holder or self.scope.module

    visit_Nonlocal = visit_Global

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Visit a class, whose names its functions do not see."""
        self.bind_name(node.name, node.lineno)
        self.visit_all(node.decorator_list, node.bases, node.keywords)
        self.inside(Scope(self.scope, is_class=True), node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Visit a function; its decorators, defaults and annotations are outside."""
        self.bind_name(node.name, node.lineno)
        annotations = [each.annotation for each in parameters(node) if each.annotation]
        returned = [node.returns] if node.returns else []
        self.visit_all(node.decorator_list, defaults(node), annotations, returned)
        self.inside(self.function_scope(node), node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Visit a function without a name."""
        self.visit_all(defaults(node))
        self.inside(self.function_scope(node), [node.body])

    def function_scope(self, node: Function) -> Scope:
        """Return the scope of a function, with its parameters."""
        scope = Scope(self.scope)
        for each in parameters(node):
            self.names.add(each.arg)
            scope.bind(each.arg, Binding(node.lineno))
        for statement in ast.walk(node):
            if isinstance(statement, ast.Global | ast.Nonlocal):
                holder = self.scope.module if isinstance(statement, ast.Global) else None
                for name in statement.names:
                    scope.elsewhere[name] = holder or self.scope.holder(name) or self.scope.module
        return scope

    def visit_comprehension_scope(self, node: Comprehension) -> None:
        """Visit a comprehension; the first thing that it goes through is outside."""
        first, *others = node.generators
        self.visit(first.iter)
        parts: list[ast.AST] = [first.target, *first.ifs]
        for each in others:
            parts += [each.target, each.iter, *each.ifs]
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self.inside(Scope(self.scope), [*parts, *elements])

    visit_ListComp = visit_SetComp = visit_comprehension_scope
    visit_DictComp = visit_GeneratorExp = visit_comprehension_scope

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """Visit ``name := value``, which also binds outside a comprehension."""
        if self.scope.parent is not None:
            self.scope.parent.bind(node.target.id, Binding(node.lineno))
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Note the name of an exception."""
        if node.name:
            self.bind_name(node.name, node.lineno)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        """Note the name that a pattern binds."""
        if node.name:
            self.bind_name(node.name, 0)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def bind_name(self, name: str, line: int) -> None:
        """Note that a name is bound to something that is no import."""
        self.names.add(name)
        self.scope.bind(name, Binding(line))

    def visit_all(self, *groups: list) -> None:
        """Visit several lists of nodes."""
        for node in (node for group in groups for node in group):
            self.visit(node)

    def inside(self, scope: Scope, body: list) -> None:
        """Visit nodes of a scope."""
        outer, self.scope = self.scope, scope
        self.visit_all(body)
        self.scope = outer


def parameters(node: Function) -> Iterator[ast.arg]:
    """Yield the parameters of a function."""
    arguments = node.args
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (each for each in (arguments.vararg, arguments.kwarg) if each is not None)


def defaults(node: Function) -> list[ast.expr]:
    """Return the default values of a function's parameters."""
    return [each for each in (*node.args.defaults, *node.args.kw_defaults) if each is not None]
