"""Sessions of nox: style, fast tests, all tests, documentation; `nox -l` lists them.

`nox` alone runs what should pass before a commit, and `nox -s test -- -x -k pool` hands its last words to pytest.
"""

import nox

nox.options.sessions = ["lint", "fast"]
nox.options.reuse_existing_virtualenvs = True


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types and the format of the C++ kernels."""
    session.install("-e", ".[test]", "pre-commit", "clang-format>=20")
    session.run("pre-commit", "run", "--all-files", "--show-diff-on-failure")


@nox.session
def fast(session: nox.Session) -> None:
    """Run the tests that need no compiler, no other process and no JAX."""
    session.install("-e", ".[test]")
    session.run("pytest", "-m", "fast", "-n", "auto", *session.posargs)


@nox.session
def test(session: nox.Session) -> None:
    """Run all tests but the slow ones, as the README's command does."""
    session.install("-e", ".[jax,test]")
    session.run("pytest", "-n", "auto", "--dist", "loadfile", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site of documentation; a warning is an error."""
    session.install("-e", ".[docs]")
    session.run("mkdocs", "build", "--strict")
