"""The latest snapshot, and those that wait for another one."""

import json
import threading

import pytest

from lenet.dashboard.board import OVER, TRAINING, Board, Now


def test_a_snapshot_is_given_once():
    board = Board()
    board.publish({"a": 1})
    first = json.loads(board.answer(-1, 0))
    assert first == {
        "version": 1,
        "now": {"phase": "preparing", "epoch": 0, "step": 0, "steps": 0, "seconds": 0},
        "snapshot": {"a": 1},
    }
    assert json.loads(board.answer(1, 0))["snapshot"] is None
    assert json.loads(board.answer(7, 0))["snapshot"] == {"a": 1}  # of another server


def test_a_step_changes_the_place_and_no_snapshot():
    board = Board()
    board.publish({})
    board.now = Now(TRAINING, 3, 4, 5, 1.0)
    answer = json.loads(board.answer(1, 0))
    assert answer["snapshot"] is None
    assert {name: answer["now"][name] for name in ("phase", "epoch", "step", "steps")} == {
        "phase": "training",
        "epoch": 3,
        "step": 4,
        "steps": 5,
    }


@pytest.mark.parametrize("is_over", [False, True])
def test_who_waits_is_woken_by_a_snapshot_and_by_the_end(is_over):
    board, answers = Board(), []
    board.publish({})
    waiting = threading.Thread(target=lambda: answers.append(json.loads(board.answer(1, 60))))
    waiting.start()
    if is_over:
        board.move(Now(OVER))
    else:
        board.publish({"b": 2})
    waiting.join(30)
    (answer,) = answers
    assert (answer["now"]["phase"] == OVER) is is_over
    assert answer["snapshot"] == (None if is_over else {"b": 2})


def test_what_is_over_lets_nobody_wait():
    board = Board()
    board.publish({})
    board.move(Now(OVER))
    assert json.loads(board.answer(1, 3600))["now"]["phase"] == "over"


def test_a_snapshot_cannot_be_changed_and_has_finite_numbers():
    board, content = Board(), {"numbers": [1]}
    board.publish(content)
    content["numbers"].append(2)
    assert json.loads(board.answer(-1, 0))["snapshot"] == {"numbers": [1]}
    with pytest.raises(ValueError, match="JSON"):
        board.publish({"a": float("nan")})
