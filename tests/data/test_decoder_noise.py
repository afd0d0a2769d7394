import os
import subprocess
import sys
import threading
import warnings

import pytest

from lenet.data.decoder_noise import no_messages, no_warnings


def test_what_a_library_writes_is_lost_and_nothing_else(capfd):
    os.write(2, b"before\n")
    with no_messages:
        os.write(2, b"meanwhile\n")
        with no_messages:
            os.write(2, b"within\n")
        os.write(2, b"still\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "before\nafter\n"


@pytest.mark.skipif(sys.platform == "win32", reason="counts descriptors as POSIX does")
def test_no_descriptor_is_left_open():
    def count():
        return len(os.listdir("/dev/fd"))

    before = count()
    for _ in range(100):
        with no_messages:
            pass
    assert count() == before


def test_it_ends_with_the_last_thread(capfd):
    inside, leave = threading.Event(), threading.Event()

    def other():
        with no_messages:
            inside.set()
            leave.wait(60)

    thread = threading.Thread(target=other)
    with no_messages:
        thread.start()
        inside.wait(60)
    os.write(2, b"the other is in it\n")
    leave.set()
    thread.join()
    os.write(2, b"none is in it\n")
    assert capfd.readouterr().err == "none is in it\n"


def test_an_error_within_puts_all_back(capfd):
    filters = list(warnings.filters)
    try:
        with no_warnings, no_messages:
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        os.write(2, b"back\n")
    assert capfd.readouterr().err == "back\n"
    assert warnings.filters == filters


def test_a_closed_standard_error_stays_closed():
    program = (
        "import os\n"
        "from lenet.data.decoder_noise import no_messages\n"
        "os.close(2)\n"
        "with no_messages:\n"
        "    pass\n"
        "try:\n"
        "    os.fstat(2)\n"
        "except OSError:\n"
        "    print('closed')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert (done.returncode, done.stdout) == (0, "closed\n")
