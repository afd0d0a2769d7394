"""Programs for h5py 2, in a process of their own."""

PROGRAM = """\
import h5py, os, sys
with h5py.File("new.h5") as file:                  # 'a' was the default
    file["x"] = [1, 2, 3]
    file.attrs["backend"] = "theano"
    file.attrs["version"] = b"2.2.4"
    file.attrs["layers"] = [b"conv", b"dense"]
    file.attrs["weights"] = []
    file.attrs["names"] = ["a", "b"]
with h5py.File("new.h5") as file:
    assert file["x"].value.tolist() == [1, 2, 3]
    assert file.attrs["backend"].decode("utf8") == "theano"
    assert file.attrs["version"] == b"2.2.4"
    assert not file.attrs["weights"] and file.attrs["weights"].shape == (0,)
    assert file.attrs["layers"].dtype == "S5"
    assert [name.decode() for name in file.attrs["names"]] == ["a", "b"]
    assert [name.decode("utf8") for name in file.attrs["layers"]] == ["conv", "dense"]
    file["y"] = 2
with h5py.File("new.h5", "r") as file:
    assert sorted(file) == ["x", "y"] and file.mode == "r"
os.chmod("new.h5", 0o444)
os.access = lambda path, mode: False               # whoever runs the test may be root
assert h5py.File("new.h5").mode == "r"
print("done")
"""


def test_attributes_files_and_values(run_script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run_script(PROGRAM)
    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr
