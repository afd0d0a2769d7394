"""Names of SciPy that are gone, and where what they stood for is today."""

__all__ = ["MODULES", "NAMES"]

HERE = "lenet.theano_compat.old_names"

MODULES = {
    "scipy.integrate.quadrature": "scipy.integrate",
    "scipy.lib": "scipy.linalg",
    "scipy.maxentropy": "scipy.special",
    "scipy.misc.pilutil": "scipy.misc",
    "scipy.ndimage.io": "scipy.ndimage",
    **{
        f"scipy.sparse.linalg.{name}": "scipy.sparse.linalg"
        for name in ("dsolve.linsolve", "eigen.arpack", "eigen.lobpcg", "isolve.iterative")
    },
}

# What `scipy.stats` had, and `scipy.stats.stats`.
OF_STATS = {
    "betai": "scipy.special:betainc",
    "frechet_l": "scipy.stats:weibull_max",
    "frechet_r": "scipy.stats:weibull_min",
    "gilbrat": "scipy.stats:gibrat",
    "trapz": "scipy.stats:trapezoid",
    **{
        name: f"{HERE}.scipy_functions:{name}"
        for name in (
            *("binom_test", "chisqprob", "find_repeats", "itemfreq", "median_absolute_deviation"),
            *("nanmean", "nanmedian", "nanstd", "signaltonoise", "ss", "threshold"),
        )
    },
}

NAMES: dict[str, dict[str, str]] = {
    "scipy": {
        **{name: f"numpy.fft:{name}" for name in ("fft2", "fftn", "ifft", "ifft2", "ifftn")},
        "rand": "numpy.random:rand",
        "randn": "numpy.random:randn",
        "random": "numpy:random",
        **{
            name: f"numpy.lib.scimath:{name}"
            for name in (
                *("arccos", "arcsin", "arctanh", "log", "log10", "log2", "logn", "power", "sqrt"),
            )
        },
    },
    "scipy.integrate": {
        "cumtrapz": "scipy.integrate:cumulative_trapezoid",
        "simps": "scipy.integrate:simpson",
        "trapz": "scipy.integrate:trapezoid",
        **{name: f"{HERE}.scipy_curves:{name}" for name in ("quadrature", "romberg")},
    },
    "scipy.interpolate": {"spline": f"{HERE}.scipy_curves:spline"},
    "scipy.linalg.blas": dict.fromkeys(("cblas", "fblas"), "scipy.linalg.blas"),
    "scipy.linalg.lapack": dict.fromkeys(("clapack", "flapack"), "scipy.linalg.lapack"),
    "scipy.linalg": {
        **dict.fromkeys(("cblas", "fblas"), "scipy.linalg.blas"),
        **dict.fromkeys(("clapack", "flapack"), "scipy.linalg.lapack"),
        **dict.fromkeys(("expm2", "expm3"), "scipy.linalg:expm"),
        "kron": "numpy:kron",
        "pinv2": "scipy.linalg:pinv",
        "tril": "numpy:tril",
        "triu": "numpy:triu",
    },
    "scipy.misc": {
        "ascent": "scipy.datasets:ascent",
        "bytescale": f"{HERE}.pictures:bytescale",
        "central_diff_weights": f"{HERE}.scipy_functions:central_diff_weights",
        "comb": "scipy.special:comb",
        "derivative": f"{HERE}.scipy_functions:derivative",
        "electrocardiogram": "scipy.datasets:electrocardiogram",
        "face": "scipy.datasets:face",
        **{name: f"scipy.special:{name}" for name in ("factorial", "factorial2", "factorialk")},
        "fromimage": f"{HERE}.pictures:fromimage",
        "imfilter": f"{HERE}.pictures:imfilter",
        "imread": f"{HERE}.pictures:imread",
        "imresize": f"{HERE}.pictures:imresize",
        "imrotate": f"{HERE}.pictures:imrotate",
        "imsave": f"{HERE}.pictures:imsave",
        "imshow": f"{HERE}.pictures:imshow",
        "logsumexp": "scipy.special:logsumexp",
        "pade": "scipy.interpolate:pade",
        "toimage": f"{HERE}.pictures:toimage",
    },
    "scipy.ndimage": {"imread": f"{HERE}.pictures:imread"},
    "scipy.optimize.linesearch": {
        name: f"scipy.optimize._linesearch:{name}"
        for name in ("line_search_armijo", "line_search_wolfe1", "line_search_wolfe2")
    },
    "scipy.optimize": {"Result": "scipy.optimize:OptimizeResult"},
    "scipy.spatial.distance": {
        "kulsinski": f"{HERE}.scipy_functions:kulsinski",
        "matching": "scipy.spatial.distance:hamming",
        "sokalmichener": "scipy.spatial.distance:rogerstanimoto",
        "wminkowski": f"{HERE}.scipy_functions:wminkowski",
    },
    "scipy.special": {
        "btdtr": "scipy.special:betainc",
        "btdtri": "scipy.special:betaincinv",
        **{name: f"{HERE}.scipy_functions:{name}" for name in ("lpmn", "lpn", "sph_harm")},
    },
    **dict.fromkeys(("scipy.stats", "scipy.stats.stats"), OF_STATS),
    "scipy.signal": {
        **{name: f"{HERE}.scipy_functions:{name}" for name in ("cwt", "morlet", "qmf", "ricker")},
        **{f"{name}2": f"scipy.signal:{name}" for name in ("impulse", "lsim", "step")},
        "hanning": "scipy.signal.windows:hann",
        **{
            name: f"scipy.signal.windows:{name}"
            for name in (
                *(
                    "bartlett",
                    "blackman",
                    "blackmanharris",
                    "boxcar",
                    "chebwin",
                    "cosine",
                    "flattop",
                ),
                *("barthann", "bohman", "exponential"),
                *("gaussian", "general_gaussian", "hamming", "hann", "kaiser", "nuttall", "parzen"),
                *("triang", "tukey"),
            )
        },
    },
}
