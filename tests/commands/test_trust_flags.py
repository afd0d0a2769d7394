"""`--reject` with and without a number, wherever it stands."""

import pytest

from lenet.commands import evaluate, predict
from lenet.commands.trust_flags import with_share


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--reject a.png", "--reject=0.01 a.png"),
        ("a.png --reject", "a.png --reject=0.01"),
        ("--reject --json", "--reject=0.01 --json"),
        ("--reject 0.05 a.png", "--reject 0.05 a.png"),
        ("--reject=0.05 a.png", "--reject=0.05 a.png"),
        ("--reject 5 a.png", "--reject 5 a.png"),
        ("a.png -- --reject b.png", "a.png -- --reject b.png"),
    ],
)
def test_a_picture_is_no_share(typed, meant):
    assert with_share(typed.split()) == meant.split()


@pytest.mark.parametrize("command", [predict, evaluate])
@pytest.mark.parametrize("share", ["1", "-0.1", "nan", "inf"])
def test_no_share_of_images_is_one_line(command, share, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(["m.h5", "a.png", f"--reject={share}"])
    assert end.value.code == 2
    errors = capsys.readouterr().err
    assert "argument --reject: expected a number from 0 to below 1" in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("flag", ["--reject", "--reject=0", "--calibrated"])
def test_films_have_neither(flag, capsys):
    with pytest.raises(SystemExit) as end:
        predict.main(["m.h5", "--video", "film.mp4", flag])
    assert end.value.code == 2
    assert f"argument {flag.partition('=')[0]}: is for pictures" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--reject", "--calibrated"])
def test_what_fits_images_as_they_are_does_not_go_with_versions_of_them(flag, capsys):
    with pytest.raises(SystemExit) as caught:
        predict.main(["a", "b.png", "--tta", flag])
    assert caught.value.code == 2
    assert f"{flag} does not go with --tta" in capsys.readouterr().err
