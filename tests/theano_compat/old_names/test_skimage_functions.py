"""Programs for scikit-image 0.14, whose numbers are its own."""

import pytest

from lenet.theano_compat.old_names.hooks import resolved
from lenet.theano_compat.old_names.skimage_table import NAMES
from tests.theano_compat.old_names.test_number_types import run

pytest.importorskip("skimage", reason="needs scikit-image: pip install scikit-image")

NUMBERS = """
x = np.random.RandomState(0).rand(20, 30, 3)
y = x[..., 0]
def told(*pictures):
    for each in pictures:
        print(each.shape, round(float(each.sum()), 4))
"""


def test_pictures_are_resized_without_blur_onto_black():
    found = run(
        NUMBERS
        + """
from skimage.transform import rescale, resize
told(resize(x, (10, 15)), resize(x, (40, 45), 1, "reflect"), resize((x * 255).astype("u1"), (7, 9), preserve_range=True))
told(rescale(x, 0.5, multichannel=True), rescale(y, 2))
"""
    )
    assert found == [
        "(10, 15, 3) 226.7327",
        "(40, 45, 3) 2725.159",
        "(7, 9, 3) 24705.4762",
        "(10, 15, 3) 226.7327",
        "(40, 60) 1167.6317",
    ]


def test_grey_pictures(tmp_path):
    found = run(
        NUMBERS
        + f"""
from skimage import color, io
told(color.rgb2gray(x), color.rgb2grey(y), color.rgb2gray(np.dstack([x, y])))
io.imsave({str(tmp_path / "a.png")!r}, (x * 255).astype("u1"))
told(io.imread({str(tmp_path / "a.png")!r}, as_grey=True))
"""
    )
    assert found == [
        "(20, 30) 301.7287",
        "(20, 30) 297.79",
        "(20, 30) 301.7287",
        "(20, 30) 300.5371",
    ]


def test_names_and_arguments():
    found = run(
        NUMBERS
        + """
from skimage.measure import compare_mse, compare_psnr, compare_ssim
from skimage import draw, feature, filters, morphology, util
from skimage.filter import threshold_adaptive
print(*(round(float(each), 6) for each in (compare_ssim(x, x[::-1], multichannel=True), compare_psnr(x, x[::-1]), compare_mse(x, x[::-1]))))
told(filters.gaussian(x, 2, multichannel=True))
print(feature.hog(y, pixels_per_cell=(5, 5), cells_per_block=(1, 1)).sum().round(2))
print(morphology.dilation(y > 0.5, selem=morphology.disk(1)).sum(), len(draw.circle(5, 5, 3)[0]), threshold_adaptive(y, 5).sum())
told(util.montage2d(y[None].repeat(4, 0)), util.pad(y, 2, mode="constant"))
"""
    )
    assert found == [
        "0.036797 7.616066 0.173138",
        "(20, 30, 3) 903.1851",
        "24.0",
        "577 25 302",
        "(40, 60) 1191.1599",
        "(24, 34) 297.79",
    ]


@pytest.mark.parametrize(
    "place", sorted({place for names in NAMES.values() for place in names.values()})
)
def test_what_a_name_stands_for_is_there(place):
    assert callable(resolved(place))
