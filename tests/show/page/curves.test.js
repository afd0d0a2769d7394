// Round numbers beside curves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { logTicks } from "../../../lenet/show/page/curves.js";
import { linearTicks } from "../../../lenet/show/page/ticks.js";

test("ticks are round, in the range, and few", () => {
  assert.deepEqual(linearTicks(0, 20, 5), [0, 5, 10, 15, 20]);
  assert.deepEqual(linearTicks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(linearTicks(0, 2.3, 3), [0, 1, 2]);
  assert.deepEqual(linearTicks(0, 0.0003, 3), [0, 0.0001, 0.0002, 0.0003]);
  for (const high of [1, 2, 3, 7, 19, 100, 333, 1e-9, 123456]) {
    const found = linearTicks(0, high, 5);
    assert.ok(found.length >= 2 && found.length <= 7, `${high}: ${found}`);
    assert.ok(found.every((each) => each >= 0 && each <= high * (1 + 1e-9)));
  }
});

test("of ratios, ticks are 1, 2 and 5, or powers alone, or any that are round", () => {
  assert.deepEqual(logTicks(2, 60), [2, 5, 10, 20, 50]);
  assert.deepEqual(logTicks(0.02, 100), [0.1, 1, 10, 100]);
  assert.deepEqual(logTicks(42, 92), [60, 80]);
});
