import pytest

from lenet.report.dataset import heading_name


@pytest.mark.parametrize(
    ("dataset", "folders", "name"),
    [
        ("mnist", (), "mnist"),
        ("mnist", ["/a/photos"], "mnist"),
        ("folder", None, "folder"),
        ("folder", ["/a/photos"], "photos"),
        ("folder", ["/a/photos/", "/a/../drawings"], "photos, drawings"),
        ("folder", ["/"], "/"),
        ("folder", list("abcdef"), "a, b, c and 3 more"),
    ],
)
def test_images_of_a_folder_have_its_name(dataset, folders, name):
    assert heading_name(dataset, folders) == name
