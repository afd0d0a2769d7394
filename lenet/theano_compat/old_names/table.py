"""Table of old names, and where what they stood for is today."""

import builtins
import collections.abc

from lenet.theano_compat.old_names import scipy_table, skimage_table, sklearn_table

HERE = "lenet.theano_compat.old_names"

# What comes with lenet is of today, as are Python's own library and what is installed beside it as it is now; to read them all
# for changes took longer than to import them.
TODAYS = {
    *("PIL", "_pytest", "h5py", "joblib", "lenet", "llvmlite", "matplotlib", "numba", "numpy"),
    *("pandas", "pkg_resources", "pytensor", "pytest", "scipy", "setuptools", "skimage", "sklearn"),
    *("theano", "threadpoolctl", "xarray"),
}

# Modules that ``import numpy`` brought along.
PARTS_OF_LIB = (
    "arraysetops",
    "function_base",
    "index_tricks",
    "nanfunctions",
    "polynomial",
    "shape_base",
    "twodim_base",
    "type_check",
    "ufunclike",
    "utils",
)

# Modules of the first PIL, which lay in no package.
PARTS_OF_PIL = (
    "Image",
    "ImageChops",
    "ImageColor",
    "ImageDraw",
    "ImageEnhance",
    "ImageFile",
    "ImageFilter",
    "ImageFont",
    "ImageOps",
    "ImageStat",
)

# Modules that are gone, and the module of today with the same names.
MODULES = {
    **{name: f"PIL.{name}" for name in PARTS_OF_PIL},
    "distutils": "setuptools._distutils",
    "imp": f"{HERE}.imp_module",
    "h5py.highlevel": "h5py",
    "matplotlib.style.core": "matplotlib.style",
    "mpl_toolkits.axes_grid": "mpl_toolkits.axes_grid1",
    "numpy.compat": f"{HERE}.numpy_compat",
    "numpy.compat.py3k": f"{HERE}.numpy_compat",
    "numpy.core.machar": f"{HERE}.numpy_functions",
    "numpy.core.umath_tests": "numpy._core._umath_tests",
    **{f"numpy.lib.{name}": "numpy" for name in PARTS_OF_LIB},
    "numpy.distutils.__config__": "numpy.__config__",
    "numpy.dual": "numpy.linalg",
    "numpy.fft.fftpack": "numpy.fft",
    "numpy.fft.helper": "numpy.fft",
    "numpy.linalg.linalg": "numpy.linalg",
    "numpy.testing.decorators": f"{HERE}.numpy_testing",
    "numpy.testing.noseclasses": f"{HERE}.numpy_testing",
    "numpy.testing.nosetester": f"{HERE}.numpy_testing",
    "numpy.testing.utils": "numpy.testing",
    "pandas.core.categorical": "pandas",
    "pandas.core.index": "pandas",
    **dict.fromkeys(("pandas.stats", "pandas.stats.moments", "pandas.tools"), "pandas"),
    "pandas.lib": "pandas._libs.lib",
    "pandas.tools.merge": "pandas",
    "pandas.tools.pivot": "pandas",
    "pandas.tools.plotting": "pandas.plotting",
    "pandas.tools.tile": "pandas",
    "pandas.tseries.index": "pandas",
    "pandas.tslib": "pandas._libs.tslib",
    "pandas.util.decorators": "pandas.util._decorators",
    "pandas.util.testing": "pandas.testing",
    "pkg_resources": f"{HERE}.pkg_resources_module",
    **scipy_table.MODULES,
    "skimage.filter": "skimage.filters",
    "email.MIMEImage": "email.mime.image",
    "email.MIMEMultipart": "email.mime.multipart",
    "email.MIMEText": "email.mime.text",
    **sklearn_table.MODULES,
    "sympy.core.evaluate": "sympy.core.parameters",
    "sympy.physics.gaussopt": "sympy.physics.optics.gaussopt",
    "sympy.printing.ccode": "sympy.printing.c",
    "sympy.printing.cxxcode": "sympy.printing.cxx",
    "sympy.printing.fcode": "sympy.printing.fortran",
    "xml.etree.cElementTree": "xml.etree.ElementTree",
}

# Functions of matplotlib.mlab, which pylab had, too.
OF_MLAB = (
    *("bivariate_normal", "dist", "find", "frange", "griddata", "movavg", "normpdf", "prctile"),
)

# Names that are gone from modules which are there, and where they are: "module:name", or a module.
NAMES = {
    "_ast": dict.fromkeys(("Bytes", "NameConstant", "Num", "Str"), "ast:Constant"),
    "base64": {"decodestring": "base64:decodebytes", "encodestring": "base64:encodebytes"},
    "collections": {name: f"collections.abc:{name}" for name in collections.abc.__all__},
    "filelock": {"logger": f"{HERE}.standard_library:logger_of_locks"},
    "fractions": {"gcd": "math:gcd"},
    "joblib.parallel": {"multiprocessing": "joblib.parallel:mp"},
    "joblib.pool": {"MemmapingPool": "joblib.pool:MemmappingPool"},
    "inspect": {
        "ArgSpec": f"{HERE}.inspect_functions:ArgSpec",
        "formatargspec": f"{HERE}.inspect_functions:formatargspec",
        "getargspec": f"{HERE}.inspect_functions:getargspec",
    },
    "asyncio": {"coroutine": "types:coroutine"},
    "cgi": {"escape": f"{HERE}.standard_library:escape"},
    "configparser": {"SafeConfigParser": "configparser:ConfigParser"},
    "importlib": {"find_loader": f"{HERE}.standard_library:find_loader"},
    "locale": {"format": "locale:format_string"},
    "os": {"errno": "errno"},
    "sys": {
        "getcheckinterval": f"{HERE}.standard_library:getcheckinterval",
        "setcheckinterval": f"{HERE}.standard_library:setcheckinterval",
    },
    "wave": {"openfp": "wave:open"},
    "platform": {
        "dist": f"{HERE}.standard_library:linux_distribution",
        "linux_distribution": f"{HERE}.standard_library:linux_distribution",
    },
    "time": {"clock": "time:process_time"},
    "numpy": {
        "AxisError": "numpy.exceptions:AxisError",
        "ComplexWarning": "numpy.exceptions:ComplexWarning",
        "Inf": "numpy:inf",
        "Infinity": "numpy:inf",
        "MAXDIMS": f"{HERE}.numpy_functions:MAXDIMS",
        "MachAr": f"{HERE}.numpy_functions:MachAr",
        "ModuleDeprecationWarning": "numpy.exceptions:ModuleDeprecationWarning",
        "NAN": "numpy:nan",
        "NINF": f"{HERE}.numpy_functions:NINF",
        "NZERO": f"{HERE}.numpy_functions:NZERO",
        "NaN": "numpy:nan",
        "PINF": "numpy:inf",
        "PZERO": f"{HERE}.numpy_functions:PZERO",
        "RankWarning": "numpy.exceptions:RankWarning",
        "TooHardError": "numpy.exceptions:TooHardError",
        "VisibleDeprecationWarning": "numpy.exceptions:VisibleDeprecationWarning",
        "alen": "builtins:len",
        "alltrue": "numpy:all",
        "asfarray": f"{HERE}.numpy_functions:asfarray",
        "asscalar": f"{HERE}.numpy_functions:asscalar",
        "bool": "builtins:bool",
        "bool8": "numpy:bool_",
        "byte_bounds": f"{HERE}.numpy_functions:byte_bounds",
        "bytes0": "numpy:bytes_",
        "cast": f"{HERE}.numpy_functions:cast",
        "cfloat": "numpy:complex128",
        "chararray": "numpy.char:chararray",
        "clongfloat": "numpy:clongdouble",
        "compare_chararrays": "numpy.char:compare_chararrays",
        "complex": "builtins:complex",
        "complex_": "numpy:complex128",
        "cumproduct": "numpy:cumprod",
        "deprecate": f"{HERE}.numpy_functions:deprecate",
        "disp": f"{HERE}.numpy_functions:disp",
        "fastCopyAndTranspose": f"{HERE}.numpy_functions:fastCopyAndTranspose",
        "find_common_type": f"{HERE}.numpy_functions:find_common_type",
        "float": "builtins:float",
        "float_": "numpy:float64",
        "format_parser": "numpy.rec:format_parser",
        "in1d": "numpy:isin",
        "infty": "numpy:inf",
        "int": "builtins:int",
        "int0": "numpy:intp",
        "issctype": f"{HERE}.numpy_functions:issctype",
        "issubclass_": "builtins:issubclass",
        "issubsctype": f"{HERE}.numpy_functions:issubsctype",
        "loads": "pickle:loads",
        "longcomplex": "numpy:clongdouble",
        "longfloat": "numpy:longdouble",
        "mat": "numpy:asmatrix",
        "math": "math",
        "matrixlib": "numpy.matrixlib",
        "msort": f"{HERE}.numpy_functions:msort",
        "obj2sctype": f"{HERE}.numpy_functions:obj2sctype",
        "object": "builtins:object",
        "object0": "numpy:object_",
        "os": "os",
        "product": "numpy:prod",
        "recfromcsv": f"{HERE}.numpy_functions:recfromcsv",
        "recfromtxt": f"{HERE}.numpy_functions:recfromtxt",
        "rank": "numpy:ndim",
        "round_": "numpy:round",
        "row_stack": "numpy:vstack",
        "safe_eval": "ast:literal_eval",
        "sctype2char": f"{HERE}.numpy_functions:sctype2char",
        "sctypes": f"{HERE}.numpy_functions:SCTYPES",
        "singlecomplex": "numpy:complex64",
        "sometrue": "numpy:any",
        "str": "builtins:str",
        "str0": "numpy:str_",
        "string_": "numpy:bytes_",
        "sys": "sys",
        "trapz": "numpy:trapezoid",
        "typeDict": "numpy:sctypeDict",
        "uint0": "numpy:uintp",
        "unicode": "builtins:str",
        "unicode_": "numpy:str_",
        "version": "numpy.version",
        "void0": "numpy:void",
        "warnings": "warnings",
    },
    "h5py": {
        "get_vlen": "h5py:check_vlen_dtype",
        "new_vlen": f"{HERE}.h5py_files:new_vlen",
    },
    "matplotlib.cbook": {
        "Bunch": "types:SimpleNamespace",
        "dedent": "inspect:cleandoc",
        "iterable": "numpy:iterable",
        **{
            name: f"{HERE}.matplotlib_functions:{name}"
            for name in ("is_numlike", "is_scalar", "is_string_like", "mkdirs")
        },
    },
    "matplotlib.cm": {
        "cmap_d": "matplotlib.cm:_colormaps",
        "get_cmap": f"{HERE}.matplotlib_functions:get_cmap",
        "register_cmap": f"{HERE}.matplotlib_functions:register_cmap",
    },
    "matplotlib.dates": {
        name: f"{HERE}.matplotlib_functions:{name}"
        for name in ("bytespdate2num", "epoch2num", "num2epoch", "strpdate2num")
    },
    **{
        f"matplotlib.{module}": {name: f"{HERE}.matplotlib_functions:{name}" for name in OF_MLAB}
        for module in ("mlab", "pylab")
    },
    "matplotlib.pyplot": {
        "find": f"{HERE}.matplotlib_functions:find",
        "ishold": f"{HERE}.matplotlib_functions:ishold",
        "hold": f"{HERE}.matplotlib_functions:hold",
        "register_cmap": f"{HERE}.matplotlib_functions:register_cmap",
    },
    "matplotlib.style": {"core": "matplotlib.style"},
    "numpy.core.numerictypes": {
        name: f"{HERE}.numpy_functions:{name}" for name in ("find_common_type", "obj2sctype")
    },
    "numpy.fft": {"helper": "numpy.fft"},
    "numpy.core": {"defchararray": "numpy.char", "records": "numpy.rec"},
    "numpy.lib": {"pad": "numpy:pad", **dict.fromkeys(PARTS_OF_LIB, "numpy")},
    "numpy.linalg": {"linalg": "numpy.linalg"},
    "numpy.testing": {
        "Tester": f"{HERE}.numpy_functions:Tester",
        "dec": f"{HERE}.numpy_testing",
        "run_module_suite": f"{HERE}.numpy_testing:run_module_suite",
    },
    "PIL": {
        "PILLOW_VERSION": "PIL:__version__",
        "VERSION": "PIL:__version__",
    },
    "PIL.Image": {
        "PILLOW_VERSION": "PIL:__version__",
        "VERSION": "PIL:__version__",
        "ANTIALIAS": "PIL.Image:LANCZOS",
        "CUBIC": "PIL.Image:BICUBIC",
        "LINEAR": "PIL.Image:BILINEAR",
        "fromstring": "PIL.Image:frombytes",
    },
    **scipy_table.NAMES,
    **sklearn_table.NAMES,
}

# Modules that had all public names of another.
WITH_ALL_OF = {"numpy.core": "numpy", "numpy.lib": "numpy", "scipy": "numpy"}

# Python's names, to which ``from numpy import *`` gave no other meaning.
OF_PYTHON = {*dir(builtins), "long", "unicode"} - {"all", "any", "divmod", "sum"}

# What is to be done to a module that behaves otherwise today.
CHANGES = {
    "_pytest.python": f"{HERE}.pytest_collection:collect_as_before",
    "array": f"{HERE}.lost_methods:give_arrays_methods",
    "configparser": f"{HERE}.standard_library:give_readfp",
    "html.parser": f"{HERE}.standard_library:give_unescape",
    "joblib": f"{HERE}.joblib_functions:behave_as_before",
    "json": f"{HERE}.standard_library:take_encodings",
    "PIL.ImageDraw": f"{HERE}.pictures:give_sizes_of_text",
    "builtins": f"{HERE}.standard_library:take_universal_newlines",
    "matplotlib": f"{HERE}.matplotlib_functions:take_warnings",
    "matplotlib.artist": f"{HERE}.matplotlib_artists:give_axes",
    "matplotlib.backend_bases": f"{HERE}.matplotlib_artists:give_titles",
    "matplotlib.contour": f"{HERE}.matplotlib_artists:give_collections",
    "matplotlib.legend": f"{HERE}.matplotlib_artists:give_handles",
    "matplotlib.patches": f"{HERE}.matplotlib_artists:take_angles",
    "matplotlib.axes": f"{HERE}.matplotlib_axes:behave_as_before",
    "matplotlib.colors": f"{HERE}.matplotlib_colours:take_columns",
    "matplotlib.figure": f"{HERE}.matplotlib_axes:take_projections",
    "matplotlib.pyplot": f"{HERE}.matplotlib_functions:behave_as_before",
    "mpl_toolkits.mplot3d.axes3d": f"{HERE}.matplotlib_artists:give_axes_of_3d",
    "pandas": f"{HERE}.pandas_frames:behave_as_before",
    "random": f"{HERE}.random_functions:behave_as_before",
    "re": f"{HERE}.regular_expressions:behave_as_before",
    "scipy.linalg": f"{HERE}.scipy_functions:take_eigenvalues",
    "scipy.sparse": f"{HERE}.scipy_functions:give_sparse_attributes",
    "scipy.sparse.linalg": f"{HERE}.scipy_functions:take_tolerances",
    **{
        f"scipy.sparse.linalg.{name}": f"{HERE}.scipy_modules:be_packages"
        for name in ("dsolve", "eigen", "isolve")
    },
    "scipy.stats": f"{HERE}.scipy_functions:keep_dimensions_of_modes",
    "tables": f"{HERE}.pytables_names:behave_as_before",
    **dict.fromkeys(skimage_table.NAMES, f"{HERE}.skimage_functions:behave_as_before"),
    "threading": f"{HERE}.standard_library:give_is_alive",
    "unittest": f"{HERE}.standard_library:give_assertions",
    "xml.etree.ElementTree": f"{HERE}.lost_methods:give_elements_methods",
    "h5py": f"{HERE}.h5py_files:behave_as_before",
    "numpy": f"{HERE}.numpy_functions:behave_as_before",
    "sklearn.feature_extraction.text": f"{HERE}.sklearn_functions:give_feature_names",
    "sklearn.utils.multiclass": f"{HERE}.sklearn_functions:take_labels_of_bytes",
    "sklearn.linear_model": f"{HERE}.sklearn_functions:take_numbers_of_passes",
    **{
        f"sklearn.{name}": f"{HERE}.sklearn_functions:take_places"
        for name in (
            *("datasets", "decomposition", "ensemble", "feature_selection", "manifold", "metrics"),
            *("mixture", "naive_bayes", "neighbors", "neural_network", "svm", "tree", "utils"),
        )
    },
    "sklearn.cluster": f"{HERE}.sklearn_functions:take_numbers_of_jobs",
    "sklearn.preprocessing": f"{HERE}.sklearn_preprocessing:take_number_of_values",
    "scipy.interpolate": f"{HERE}.scipy_functions:give_interp2d",
    "scipy": f"{HERE}.scipy_modules:behave_as_before",
    "yaml": f"{HERE}.yaml_functions:behave_as_before",
}
