"""Import statements: the modules that names stand for, and what becomes of them."""

import ast
from collections.abc import Collection

from lenet.porting import operations
from lenet.porting.findings import Findings
from lenet.porting.imports import (
    Alias,
    Names,
    from_import,
    place_of_imports,
    replace_statement,
)
from lenet.porting.names import (
    COMPAT,
    OLD_NAMES,
    Found,
    dropped,
    find,
    is_theano,
    moved_module,
    star_names,
)
from lenet.porting.rules import Rule
from lenet.porting.scopes import Binding, Scope, Scopes
from lenet.porting.source import Source

# Libraries of which names are gone.
OTHERS = {module.partition(".")[0] for module in OLD_NAMES}

ASKED_FOR = "PyTensor has no such module, so that this try fails: right if it asks for a GPU"


class ImportStatements:
    """Edits the imports of a program.

    Parameters
    ----------
    source : Source
    scopes : Scopes
    names : Names
    findings : Findings
    taken : collection of str
        Names that other modules take from this one.
    """

    def __init__(
        self,
        source: Source,
        scopes: Scopes,
        names: Names,
        findings: Findings,
        taken: Collection[str] = (),
    ) -> None:
        self.source, self.scopes, self.names, self.findings = source, scopes, names, findings
        self.passed_on = {*taken, *public_names(source.tree)}
        # Imports of Theano's.
        self.old: dict[int, bool] = {}
        # Imports whose function keeps its old interface, as it is passed on.
        self.kept_interfaces: set[int] = set()
        # Names that stars bring and that are used.
        self.stars: dict[int, list[str]] = {}
        self.import_scopes: dict[int, Scope] = {}

    def edit(self) -> None:
        """Note the edits of all imports."""
        self.bind_stars()
        self.find_module_names()
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.edit_import(node)

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
            self.findings.check(node.lineno, "star")

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
        self.old[id(node)] = True
        if parts == [ast.unparse(node)]:
            return
        replace_statement(self.source, node, self.scopes.parents.get(id(node)), parts)
        self.findings.because(node.lineno, "imports: what PyTensor lacks is in lenet")

    def plain_import(self, node: ast.Import) -> list[str] | None:
        """Return the statements for ``import ...``; None if it stays."""
        if not any(is_theano(alias.name) or moved_module(alias.name) for alias in node.names):
            return None
        parts: list[str] = []
        for alias in node.names:
            text = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
            if is_theano(alias.name):
                text = self.new_plain_import(node, alias, text)
            elif moved := moved_module(alias.name):
                if alias.asname and not moved.startswith(COMPAT):
                    text = f"import {moved} as {alias.asname}"
                elif self.is_unused(node, alias.asname or alias.name.partition(".")[0], alias.name):
                    continue
                else:
                    self.findings.by_hand(node.lineno, f"{alias.name} is gone: {of_today(moved)}")
            if text and text not in parts:
                parts.append(text)
        return parts

    def new_plain_import(self, node: ast.Import, alias: ast.alias, old: str) -> str:
        """Return the statement for one name of ``import ...``; empty if there is none."""
        found = find(alias.name)
        if found.rule.left and not found.is_module:
            own = alias.asname or alias.name.partition(".")[0]
            if self.is_unused(node, own, alias.name):
                return ""
            self.findings.by_hand(node.lineno, f"{alias.name}: {found.rule.left}")
            return old
        if self.is_asked_for(node, found, alias.asname):
            self.findings.by_hand(node.lineno, f"{alias.name}: {ASKED_FOR}")
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
        if not ours and node.module.partition(".")[0] not in OTHERS:
            return None
        names = [(alias.name, alias.asname or alias.name) for alias in node.names]
        if id(node) in self.stars:
            names = [(name, name) for name in self.stars[id(node)]]
        elif names == [("*", "*")]:
            return None
        groups: dict[str, list[tuple[str, str]]] = {}
        others: list[str] = []
        changed = ours
        home = moved_module(node.module)
        if home.startswith(COMPAT):
            if all(self.is_unused(node, own, f"{node.module}.{name}") for name, own in names):
                return []
            self.findings.by_hand(node.lineno, f"{node.module} is gone: {of_today(home)}")
            return None
        for name, own in names:
            path = f"{node.module}.{name}"
            if moved := moved_module(path):
                changed = True
                others.append(f"import {moved}" + (f" as {own}" if own != moved else ""))
                continue
            rule = self.import_rule(node, path, own) if ours else dropped(path)
            if rule is None or (not ours and rule.edit):
                changed = changed or bool(home)
                groups.setdefault(home or node.module, []).append((name, own))
                continue
            changed = True
            if rule.left and self.is_unused(node, own, path):
                continue
            if rule.left:
                self.findings.by_hand(node.lineno, f"{path}: {rule.left}")
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
        """Return the rule for what is imported; an empty one if it needs no import."""
        found = find(path)
        if path == "theano.config":
            return Rule(path, "pytensor.config")
        if self.is_asked_for(node, found, own):
            return Rule(path, left=ASKED_FOR)
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

    def add_imports(self) -> None:
        """Add the imports that are needed in addition."""
        statement, is_behind = place_of_imports(self.source.tree, self.old)
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
                for start, end, *_ in self.source.edits
            )
            if is_behind and not deleted:
                place, text = min(self.source.starts[last] - 1, len(self.source.text)), "\n" + text
            else:
                place, text = whole, text + "\n"
            self.findings.because(first, "imports: what PyTensor lacks is in lenet")
        # Outside of whatever else is inserted there.
        owner = (place, len(self.source.text) + 1) if text.endswith("\n") else (-1, place)
        self.source.replace(place, place, text, owner)

    def is_bound_by(self, name: ast.Name, node: ast.stmt) -> bool:
        """Return whether a name is used as an import has bound it."""
        return any(binding.statement is node for binding in self.scopes.bindings(name))

    def is_unused(self, node: ast.stmt, own: str, path: str) -> bool:
        """Return whether nothing uses a name that is gone, whose import is left out then."""
        if any(name.id == own and self.is_bound_by(name, node) for name in self.scopes.uses):
            return False
        if own in self.passed_on or self.is_tried(node):
            return False
        self.findings.because(node.lineno, f"{path} is gone, and nothing here uses it")
        return True

    def is_asked_for(self, node: ast.stmt, found: Found, own: str | None) -> bool:
        """Return whether a ``try`` only asks if there is a module that has no successor."""
        if not found.is_module or found.rule.new or not self.is_tried(node):
            return False
        return not any(name.id == own and self.is_bound_by(name, node) for name in self.scopes.uses)

    def is_tried(self, node: ast.stmt) -> bool:
        """Return whether more than ``pass`` depends on what a ``try`` imports."""
        child: ast.AST = node
        while (parent := self.scopes.parents.get(id(child))) is not None:
            if isinstance(parent, ast.Try) and child in parent.body:
                handled = [each for handler in parent.handlers for each in handler.body]
                others = [*parent.body, *parent.orelse, *handled]
                rest = [each for each in others if each is not node]
                return bool(parent.handlers) and not all(isinstance(e, ast.Pass) for e in rest)
            child = parent
        return False

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
        """Return the class that Ops are derived from: that with C code, if any has it."""
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.ClassDef) and self.is_op(node) and operations.has_c_code(node):
                return "pytensor.link.c.op.COp"
        return "pytensor.graph.Op"

    def is_op(self, node: ast.ClassDef) -> bool:
        """Return whether a class is derived from Theano's Op."""
        paths = [self.scopes.resolve(base) for base in node.bases]
        return any(is_theano(path) and find(path).rule.edit == "op" for path in paths)


def public_names(tree: ast.Module) -> set[str]:
    """Return the names in a module's ``__all__``."""
    return {
        text.value
        for statement in tree.body
        if any(isinstance(n, ast.Name) and n.id == "__all__" for n in ast.walk(statement))
        for text in ast.walk(statement)
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    }


def of_today(module: str) -> str:
    """Return what to do for a module that is gone."""
    return (
        "theano_compat alone stands in for it" if module.startswith(COMPAT) else f"import {module}"
    )


def new_module(path: str) -> str:
    """Return the module that has the names of one."""
    return find(path).rule.new if is_theano(path) else path
