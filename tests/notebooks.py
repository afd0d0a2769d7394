"""Notebooks of docs/, run as Jupyter runs them."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run_notebook(path, folder, monkeypatch):
    """Run a notebook in Jupyter's kernel, on one thread, and return its code cells with new outputs."""
    nbformat = pytest.importorskip("nbformat", reason="the notebook needs lenet[test]")
    nbclient = pytest.importorskip("nbclient", reason="the notebook needs lenet[test]")
    pytest.importorskip("ipykernel", reason="the notebook needs lenet[test]")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("TMPDIR", str(folder))
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    stored = [cell.execution_count for cell in code]
    assert stored == list(range(1, len(code) + 1)), "the notebook is stored with its outputs"
    nbclient.NotebookClient(notebook, timeout=900, coalesce_streams=True).execute()
    return code


def printed(code):
    """Return what cells have printed."""
    outputs = [output for cell in code for output in cell.outputs]
    return "".join(output["text"] for output in outputs if output.get("name") == "stdout")


def pictures(code):
    """Return how many pictures cells have drawn."""
    outputs = [output for cell in code for output in cell.outputs]
    return sum("image/png" in output.get("data", {}) for output in outputs)
