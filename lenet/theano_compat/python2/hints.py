"""Detection of programs for Python 2, and advice for their users."""

import re
import traceback
from types import TracebackType

from lenet.theano_compat.python2.data import CONVERTED

OLD = "the program is written for Python 2"
REMEDY = (
    OLD
    + "; run it with python -m lenet.theano_compat --python2, or convert it first, with 2to3 -w {file}"
)
# Of what a program that is run so imports, and Python 3 can read.
REMEDY_OF_LIBRARY = OLD + "; convert it first, with 2to3 -w {file}"

# Statements that are errors in Python 3, as they stand in a line.
PYTHON2_SYNTAX = (
    r"^\s*(print|exec)\s+[^=(\s]",
    r":\s*print\s+\S",
    r"\bprint\s+[\"'(%\w]",
    r"^\s*except\s+[\w.()\s,]+,\s*\w+\s*:",
    r"^\s*raise\s+[\w.]+\s*,",
    r"<>",
    r"`[^`]+`",
    r"\b0\d+\b",
    r"\b(0[xX][0-9a-fA-F]+|\d+)[lL]\b",
    r"\bur[\"']",
    r"\b(lambda|def\s+\w+)\s*\(?[^:)]*\([\w\s,]+\)",
)

# Errors that only come of a name, a method or a module that Python 3 does not have.
PYTHON2_NAMES = (
    r"name '(xrange|raw_input|unicode|unichr|basestring|long|reduce|execfile|file|reload|cmp|apply|intern|buffer)' is not defined",
    r"No module named '(cPickle|cStringIO|StringIO|Queue|ConfigParser|Tkinter|urllib2|urlparse|commands|HTMLParser|httplib|cookielib|__builtin__|copy_reg|SocketServer|xmlrpclib|Cookie|thread|sets|md5|sha|exceptions|itertools\.izip)'",
    r"cannot import name '(izip|imap|ifilter|izip_longest|maketrans|letters|getcwdu|urlretrieve|urlopen|urlencode|quote|unquote|StringIO)'",
    r"module '(urllib|itertools|string|os|sys|types|operator)' has no attribute",
    r"'dict' object has no attribute '(iteritems|itervalues|iterkeys|has_key)'",
    r"'(generator|enumerate|zip|map|filter|_io\.\w+)' object has no attribute 'next'",
    r"'str' object has no attribute 'decode'",
    r"'(range|dict_keys|dict_values|dict_items|map|filter|zip)' object (is not subscriptable|does not support item assignment|has no attribute '(sort|append|remove|pop|extend|index)')",
    r"object of type '(map|filter|zip)' has no len\(\)",
    r"unsupported operand type\(s\) for \+: '(range|dict_\w+|map|zip)'",
    r"unsupported operand type\(s\) for >>: 'builtin_function_or_method'",
)
FLOAT = r"'float' object cannot be interpreted as an integer"
LITERAL_FLOAT = r"(?<![\w.])\d+\.\d*(?!\w)"
# Errors of what 2to3 leaves as it is, and what to do.
LEFT_OVER = {
    FLOAT: "in Python 2, / of two integers gave an integer: write //",
    r"(a bytes-like object is required, not 'str'|write\(\) argument must be str, not bytes)": (
        "in Python 2, text and bytes were the same: open the file with 'w' or 'r' for text, with 'wb' or 'rb' for bytes"
    ),
}
PYTHON2_PICKLE = r"codec can't decode byte 0x[0-9a-f]{2}"


def remedy_for(path: str | None) -> str:
    """Return what to do with a program for Python 2; nothing if it has been done."""
    if path is None or path in CONVERTED:
        return ""
    return (REMEDY_OF_LIBRARY if CONVERTED else REMEDY).format(file=path)


def python2_syntax(error: SyntaxError) -> str:
    """Return advice on a syntax error; empty if Python 2 has nothing to do with it."""
    line = error.text or ""
    old = isinstance(error, TabError) or any(re.search(each, line) for each in PYTHON2_SYNTAX)
    remedy = remedy_for(error.filename)
    if not old or not remedy:
        return ""
    return f"{error.filename}:{error.lineno}: {line.strip() or error.msg}: {remedy}"


def python2_hint(error: BaseException, trace: TracebackType | None) -> str:
    """Return a line for the user if an error comes of Python 2's ways, else nothing."""
    if isinstance(error, SyntaxError) or trace is None:
        return ""
    place = traceback.extract_tb(trace)[-1]
    where = f"{place.filename}:{place.lineno}"
    message = str(error)
    if isinstance(error, UnicodeDecodeError) and re.search(PYTHON2_PICKLE, message):
        if "load" in (place.line or ""):
            return (
                f"{where}: the file was pickled by Python 2; read it with "
                "pickle.load(file, encoding='latin1')"
            )
        return ""
    remedy = remedy_for(place.filename)
    if remedy and any(re.search(each, message) for each in PYTHON2_NAMES):
        return f"{where}: {message}: {remedy}"
    for pattern, remedy in LEFT_OVER.items():
        if re.search(pattern, message) and not (pattern == FLOAT and is_undivided(place)):
            return f"{where}: {message}: {remedy}"
    return ""


def is_undivided(place: traceback.FrameSummary) -> bool:
    """Return whether a float where an error arose is not of Python 3's division."""
    line = place.line or ""
    is_literal = re.search(LITERAL_FLOAT, line) is not None and "/" not in line
    return is_literal or place.filename in CONVERTED
