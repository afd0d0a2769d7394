"""Names of scikit-image that are gone, and where what they stood for is today."""

__all__ = ["NAMES"]

HERE = "lenet.theano_compat.old_names.skimage_functions"

# Of all modules whose functions have old arguments, too.
NAMES: dict[str, dict[str, str]] = {
    "skimage.color": {"grey2rgb": "skimage.color:gray2rgb", "rgb2grey": "skimage.color:rgb2gray"},
    "skimage.draw": {"circle": f"{HERE}:circle"},
    "skimage.exposure": {},
    "skimage.feature": {
        "greycomatrix": "skimage.feature:graycomatrix",
        "greycoprops": "skimage.feature:graycoprops",
    },
    "skimage.filters": {
        "gaussian_filter": "skimage.filters:gaussian",
        "threshold_adaptive": f"{HERE}:threshold_adaptive",
    },
    "skimage.filters.rank": {},
    "skimage.io": {},
    "skimage.measure": {
        "compare_mse": "skimage.metrics:mean_squared_error",
        "compare_nrmse": "skimage.metrics:normalized_root_mse",
        "compare_psnr": "skimage.metrics:peak_signal_noise_ratio",
        **dict.fromkeys(("compare_ssim", "structural_similarity"), f"{HERE}:compare_ssim"),
        "marching_cubes_classic": "skimage.measure:marching_cubes",
        "marching_cubes_lewiner": "skimage.measure:marching_cubes",
    },
    "skimage.metrics": {},
    "skimage.morphology": {
        "skeletonize_3d": "skimage.morphology:skeletonize",
        "watershed": "skimage.segmentation:watershed",
    },
    "skimage.restoration": {},
    "skimage.segmentation": {},
    "skimage.transform": {},
    "skimage.util": {"montage2d": f"{HERE}:montage2d", "pad": "numpy:pad"},
}
