// The parts of the page that need no browser: scales, times, answers in words, asking.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answerWords } from "../../../lenet/dashboard/page/answers.js";
import { piecesOf } from "../../../lenet/dashboard/page/chart.js";
import { filterWords, pixelsOfFilters } from "../../../lenet/dashboard/page/filters_view.js";
import { follow } from "../../../lenet/dashboard/page/polling.js";
import { lastEpoch, logTicks, scaleOf, tickText } from "../../../lenet/dashboard/page/scale.js";
import { secondsLeft, timeWords } from "../../../lenet/dashboard/page/time_left.js";
import { linearTicks } from "../../../lenet/show/page/ticks.js";

test("ticks of a linear axis are round, inside and about as many as wanted", () => {
  assert.deepEqual(linearTicks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(linearTicks(1, 20, 5), [5, 10, 15, 20]);
  assert.deepEqual(linearTicks(-0.3, 0.3, 4), [-0.2, 0, 0.2]);
  for (let k = 0; k < 300; k++) {
    const [low, length] = [Math.sin(k) * 10 ** (k % 7), 10 ** ((k % 9) - 4) * (1 + (k % 5))];
    const ticks = linearTicks(low, low + length, 5);
    assert.ok(ticks.length >= 2 && ticks.length <= 8, `${low} ${length}: ${ticks}`);
    assert.ok(ticks.every((tick) => tick >= low - 1e-6 * length && tick <= low + length * 1.000001));
  }
});

test("ticks of a logarithmic axis are inside, and three or more", () => {
  assert.deepEqual(logTicks(1, 100, 8), [1, 10, 100]);
  assert.deepEqual(logTicks(10.5, 97, 8), [20, 30, 50, 70]);
  assert.deepEqual(logTicks(0.9, 30, 8), [1, 2, 5, 10, 20]);
  for (const [low, high] of [[0.011, 99], [1.31, 1.42], [4.9, 5.2], [1e-4, 100], [1, 1.3225]]) {
    const ticks = logTicks(low, high, 7);
    assert.ok(ticks.length >= 2 && ticks.length <= 7, String(ticks));
    assert.ok(ticks.every((tick) => tick >= low && tick <= high));
  }
});

test("numbers lie between the ends of a scale, and zero at the lower end of a logarithmic one", () => {
  const scale = scaleOf([50, 5, 0.5], { isLog: true });
  const places = [50, 5, 0.5].map(scale.place);
  assert.ok(places[0] < 1 && places[2] > 0);
  assert.ok(Math.abs(places[0] - places[1] - (places[1] - places[2])) < 1e-12);
  assert.equal(scale.place(0), 0);
  for (const values of [[], [3], [0], [0, 0], [-2, 5], [1e-8, 1e8]]) {
    for (const options of [{}, { isLog: true }, { fromZero: true }]) {
      const found = scaleOf(values, options);
      assert.ok(found.ticks.length >= 1);
      for (const value of values) assert.ok(found.place(value) >= 0 && found.place(value) <= 1);
    }
  }
});

test("the axis of epochs grows in few steps, and never beyond what is wanted", () => {
  assert.equal(lastEpoch(0, 100), 5);
  assert.equal(lastEpoch(6, 100), 10);
  assert.equal(lastEpoch(3, 6), 6);
  assert.equal(lastEpoch(21, 100), 100);
  assert.equal(lastEpoch(1, 1), 2);
  assert.equal(lastEpoch(120, 100), 120);
});

test("numbers of an axis are short", () => {
  assert.deepEqual([0, 0.1 + 0.2, -2, 0.00001, 2e7].map(tickText), ["0", "0.3", "−2", "1e−5", "2e7"]);
});

test("the time left is that of the epochs that are missing", () => {
  const now = { epoch: 3, step: 5, steps: 10, seconds: 4 };
  assert.equal(secondsLeft([10, 10], now, 5), 26);
  assert.equal(secondsLeft([100, 10, 10, 10, 10, 10], { ...now, epoch: 7 }, 10), 36);
  assert.equal(secondsLeft([10, 10], { ...now, seconds: 99 }, 5), 20);
  assert.equal(secondsLeft([10, 10], { ...now, epoch: 2 }, 2), 0);
  assert.equal(secondsLeft([], { epoch: 1, step: 0, steps: 10, seconds: 4 }, 5), null);
  assert.equal(secondsLeft([], { epoch: 1, step: 5, steps: 10, seconds: 4 }, 5), 36);
  assert.equal(secondsLeft([null], { epoch: 2, step: 0, steps: 10, seconds: 4 }, 5), null);
});

test("times have two units at most", () => {
  const found = [0.4, 59, 60, 61, 599, 600, 3599, 3600, 5400, 86400, 200000].map(timeWords);
  assert.deepEqual(found, ["0 s", "59 s", "1 min", "1 min 1 s", "9 min 59 s", "10 min", "1 h", "1 h", "1 h 30 min", "24 h", "2 d 7 h"]);
});

test("answers are right, wrong or not yet there", () => {
  const classes = ["cat", "dog"];
  assert.deepEqual(answerWords(0, [0, 0.987], classes), { words: "✓", percent: "99 %", kind: "taken right" });
  assert.deepEqual(answerWords(0, [1, 0.5], classes), { words: "✗ dog", percent: "50 %", kind: "taken wrong" });
  assert.deepEqual(answerWords(0, undefined, classes), { words: "–", percent: "", kind: "" });
});

test("a curve is broken where there is no number", () => {
  const pieces = piecesOf([null, 1, 2, null, null, 3], (k, value) => [k, value]);
  assert.deepEqual(pieces, [[[1, 1], [2, 2]], [[5, 3]]]);
  assert.deepEqual(piecesOf([], () => [0, 0]), []);
});

test("filters of three channels are colours around gray", () => {
  const values = Buffer.from(Int8Array.from([127, -127, 0, 1, 0, -1]).buffer).toString("base64");
  const filters = { shape: [1, 3, 1, 2], count: 5, values, limit: 0.25 };
  const { maps, pixels } = pixelsOfFilters(filters);
  assert.equal(maps, 1);
  assert.deepEqual([...pixels], [255, 128, 128, 255, 1, 129, 127, 255]);
  assert.equal(filterWords(filters), "The first 1 of 5 filters of 3 × 1 × 2; gray is zero, at most ±0.25.");
  assert.equal(pixelsOfFilters({ ...filters, shape: [3, 2, 1, 1] }).maps, 6);
});

/**
 * Ask something that gives one answer after the other; null for none.
 * @param {any[]} answers
 * @param {number} takes milliseconds
 */
async function followed(answers, takes = 1000) {
  /** @type {any} */
  const heard = { states: [], asked: [], pauses: [], gone: 0 };
  let time = 0;
  await follow(
    async (seen) => {
      heard.asked.push(seen);
      time += takes;
      const answer = answers.shift();
      if (!answer) throw new Error("refused");
      return answer;
    },
    { state: (state) => heard.states.push(state), gone: () => heard.gone++ },
    async (milliseconds) => {
      heard.pauses.push(milliseconds);
      time += milliseconds;
    },
    () => time,
  );
  return heard;
}
const state = (/** @type {number} */ version, /** @type {any} */ snapshot, phase = "training") => ({ version, snapshot, now: { phase } });

test("it asks until all is over, and for no snapshot twice", async () => {
  const heard = await followed([state(1, {}), state(1, null), state(2, {}), state(2, null, "over"), state(3, {})]);
  assert.deepEqual(heard.asked, [-1, 1, 1, 2]);
  assert.equal(heard.states.length, 4);
  assert.deepEqual(heard.pauses, []);
  assert.equal(heard.gone, 0);
});

test("it asks about once a second, also where there is news all the time", async () => {
  const heard = await followed([state(1, {}), state(2, {}), state(3, {}, "over")], 1);
  assert.deepEqual(heard.pauses, [500, 500]);
});

test("when nobody answers three times it says so, once, and goes on asking less often", async () => {
  const heard = await followed([state(1, {}), null, null, state(1, null), ...Array(5).fill(null), state(2, {}), state(2, null, "over")]);
  assert.equal(heard.asked.length, 11);
  assert.equal(heard.gone, 1);
  assert.equal(heard.states.length, 4);
  assert.deepEqual(heard.pauses, [1000, 1000, 1000, 1000, 5000, 5000, 5000]);
});
