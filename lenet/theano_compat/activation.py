"""Activation of Theano's behaviour in PyTensor.

It lasts from ``import theano`` until `lenet.theano_compat.uninstall`.
"""

import pytensor
from pytensor.compile.mode import predefined_linkers
from pytensor.link.vm import VMLinker

from lenet.nnet.ops.expected_shape import Declarations, never
from lenet.theano_compat import (
    array_likes,
    clients,
    default_updates,
    finite_values,
    float_types,
    function_attributes,
    linker_methods,
    op_methods,
    out_of_range,
    profile_summary,
    range_indices,
    renamed_attributes,
    row_broadcasting,
    scalar_results,
    scan_names,
    test_values,
    type_equality,
    variable_methods,
)
from lenet.theano_compat.theano.configdefaults import config

_linker_before: list[str] = []
# The linker "py" of PyTensor cannot run gradients of loops; this one can, and compiles nothing either.
_python_linker = predefined_linkers["py"]
PYTHON_LINKER = VMLinker(use_cloop=False, c_thunks=False)


def activate() -> None:
    """Add Theano's methods to PyTensor's variables, and let PyTensor compile to C.

    Doing it again changes nothing.
    """
    variable_methods.add()
    scan_names.add()
    op_methods.add()
    float_types.add()
    function_attributes.add()
    linker_methods.add()
    renamed_attributes.add()
    clients.add()
    scalar_results.add()
    test_values.add()
    default_updates.accept()
    array_likes.accept()
    out_of_range.refuse()
    range_indices.accept()
    row_broadcasting.accept()
    profile_summary.add_up()
    type_equality.loosen()
    finite_values.require()
    # Theano computed images of any shape, whatever `input_shape` said, unless it was told to check.
    Declarations.may_be_wrong = staticmethod(lambda: not config.conv.assert_shape)
    predefined_linkers["py"] = PYTHON_LINKER
    # Theano compiled to C; what is compiled without a mode, as by `eval`, shall be too.
    if pytensor.config.linker == "auto" and pytensor.config.cxx:
        _linker_before.append(pytensor.config.linker)
        pytensor.config.linker = "cvm"


def deactivate() -> None:
    """Take back `activate`."""
    variable_methods.remove()
    scan_names.remove()
    op_methods.remove()
    float_types.remove()
    function_attributes.remove()
    linker_methods.remove()
    renamed_attributes.remove()
    clients.remove()
    scalar_results.remove()
    test_values.remove()
    default_updates.refuse()
    array_likes.refuse()
    range_indices.refuse()
    row_broadcasting.refuse()
    out_of_range.leave()
    profile_summary.leave()
    type_equality.leave()
    finite_values.accept()
    Declarations.may_be_wrong = staticmethod(never)
    predefined_linkers["py"] = _python_linker
    while _linker_before:
        pytensor.config.linker = _linker_before.pop()
