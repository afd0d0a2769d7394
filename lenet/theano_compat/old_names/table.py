"""Table of old names, and where what they stood for is today."""

import collections.abc

HERE = "lenet.theano_compat.old_names"

# Modules that are gone, and the module of today with the same names.
MODULES = {
    "distutils": "setuptools._distutils",
    "imp": f"{HERE}.imp_module",
    "matplotlib.style.core": "matplotlib.style",
    "numpy.core.umath_tests": "numpy._core._umath_tests",
    "numpy.lib.function_base": "numpy",
    "numpy.linalg.linalg": "numpy.linalg",
    "numpy.testing.utils": "numpy.testing",
    "pkg_resources": f"{HERE}.pkg_resources_module",
    "scipy.misc.pilutil": "scipy.misc",
    "sklearn.cross_validation": f"{HERE}.cross_validation",
    "sklearn.datasets.base": "sklearn.datasets",
    "sklearn.datasets.samples_generator": "sklearn.datasets",
    "sklearn.decomposition.pca": "sklearn.decomposition",
    "sklearn.externals.joblib": "joblib",
    "sklearn.externals.six": "six",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.learning_curve": "sklearn.model_selection",
    "sklearn.linear_model.base": "sklearn.linear_model",
    "sklearn.linear_model.logistic": "sklearn.linear_model",
    "sklearn.metrics.classification": "sklearn.metrics",
    "sklearn.metrics.ranking": "sklearn.metrics",
    "sklearn.metrics.scorer": "sklearn.metrics",
    "sklearn.preprocessing.data": "sklearn.preprocessing",
    "sklearn.preprocessing.label": "sklearn.preprocessing",
    "sklearn.utils.testing": "sklearn.utils._testing",
    "xml.etree.cElementTree": "xml.etree.ElementTree",
}

# Names that are gone from modules which are there, and where they are: "module:name", or a module.
NAMES = {
    "base64": {"decodestring": "base64:decodebytes", "encodestring": "base64:encodebytes"},
    "collections": {name: f"collections.abc:{name}" for name in collections.abc.__all__},
    "fractions": {"gcd": "math:gcd"},
    "inspect": {
        "ArgSpec": f"{HERE}.inspect_functions:ArgSpec",
        "getargspec": f"{HERE}.inspect_functions:getargspec",
    },
    "time": {"clock": "time:process_time"},
    "numpy": {
        "AxisError": "numpy.exceptions:AxisError",
        "ComplexWarning": "numpy.exceptions:ComplexWarning",
        "Inf": "numpy:inf",
        "Infinity": "numpy:inf",
        "MAXDIMS": f"{HERE}.numpy_functions:MAXDIMS",
        "MachAr": f"{HERE}.numpy_functions:MachAr",
        "NAN": "numpy:nan",
        "NINF": f"{HERE}.numpy_functions:NINF",
        "NaN": "numpy:nan",
        "PINF": "numpy:inf",
        "RankWarning": "numpy.exceptions:RankWarning",
        "VisibleDeprecationWarning": "numpy.exceptions:VisibleDeprecationWarning",
        "alen": "builtins:len",
        "alltrue": "numpy:all",
        "asfarray": f"{HERE}.numpy_functions:asfarray",
        "asscalar": f"{HERE}.numpy_functions:asscalar",
        "bool": "builtins:bool",
        "cast": f"{HERE}.numpy_functions:cast",
        "cfloat": "numpy:complex128",
        "complex": "builtins:complex",
        "complex_": "numpy:complex128",
        "cumproduct": "numpy:cumprod",
        "find_common_type": f"{HERE}.numpy_functions:find_common_type",
        "float": "builtins:float",
        "float_": "numpy:float64",
        "in1d": "numpy:isin",
        "infty": "numpy:inf",
        "int": "builtins:int",
        "int0": "numpy:intp",
        "longfloat": "numpy:longdouble",
        "mat": "numpy:asmatrix",
        "msort": f"{HERE}.numpy_functions:msort",
        "object": "builtins:object",
        "product": "numpy:prod",
        "rank": "numpy:ndim",
        "round_": "numpy:round",
        "row_stack": "numpy:vstack",
        "sctype2char": f"{HERE}.numpy_functions:sctype2char",
        "singlecomplex": "numpy:complex64",
        "sometrue": "numpy:any",
        "str": "builtins:str",
        "string_": "numpy:bytes_",
        "trapz": "numpy:trapezoid",
        "typeDict": "numpy:sctypeDict",
        "unicode": "builtins:str",
        "unicode_": "numpy:str_",
    },
    "matplotlib.cm": {
        "get_cmap": f"{HERE}.matplotlib_functions:get_cmap",
        "register_cmap": f"{HERE}.matplotlib_functions:register_cmap",
    },
    "matplotlib.pyplot": {
        "hold": f"{HERE}.matplotlib_functions:hold",
        "register_cmap": f"{HERE}.matplotlib_functions:register_cmap",
    },
    "matplotlib.style": {"core": "matplotlib.style"},
    "numpy.testing": {"Tester": f"{HERE}.numpy_functions:Tester"},
    "PIL.Image": {
        "ANTIALIAS": "PIL.Image:LANCZOS",
        "CUBIC": "PIL.Image:BICUBIC",
        "LINEAR": "PIL.Image:BILINEAR",
        "fromstring": "PIL.Image:frombytes",
    },
    "scipy": {"rand": "numpy.random:rand", "randn": "numpy.random:randn", "random": "numpy:random"},
    "scipy.integrate": {
        "cumtrapz": "scipy.integrate:cumulative_trapezoid",
        "simps": "scipy.integrate:simpson",
        "trapz": "scipy.integrate:trapezoid",
    },
    "scipy.linalg": {
        "kron": "numpy:kron",
        "pinv2": "scipy.linalg:pinv",
        "tril": "numpy:tril",
        "triu": "numpy:triu",
    },
    "scipy.misc": {
        "ascent": "scipy.datasets:ascent",
        "bytescale": f"{HERE}.pictures:bytescale",
        "comb": "scipy.special:comb",
        "face": "scipy.datasets:face",
        "factorial": "scipy.special:factorial",
        "fromimage": f"{HERE}.pictures:fromimage",
        "imread": f"{HERE}.pictures:imread",
        "imresize": f"{HERE}.pictures:imresize",
        "imrotate": f"{HERE}.pictures:imrotate",
        "imsave": f"{HERE}.pictures:imsave",
        "imshow": f"{HERE}.pictures:imshow",
        "logsumexp": "scipy.special:logsumexp",
        "toimage": f"{HERE}.pictures:toimage",
    },
    "scipy.ndimage": {"imread": f"{HERE}.pictures:imread"},
    "scipy.signal": {
        name: f"scipy.signal.windows:{name}"
        for name in (
            *("bartlett", "blackman", "blackmanharris", "boxcar", "chebwin", "cosine", "flattop"),
            *("gaussian", "general_gaussian", "hamming", "hann", "kaiser", "nuttall", "parzen"),
            *("triang", "tukey"),
        )
    },
    "sklearn.datasets": {"fetch_mldata": f"{HERE}.mldata:fetch_mldata"},
    "sklearn.preprocessing": {"type_of_target": "sklearn.utils.multiclass:type_of_target"},
}

# Modules that had all public names of another.
WITH_ALL_OF = {"scipy": "numpy"}

# What is to be done to a module that behaves otherwise today.
CHANGES = {
    "h5py": f"{HERE}.h5py_files:behave_as_before",
    "numpy": f"{HERE}.numpy_functions:behave_as_before",
    "scipy": f"{HERE}.scipy_modules:behave_as_before",
    "yaml": f"{HERE}.yaml_functions:behave_as_before",
}
