// Scales of a chart: from numbers to places, and round numbers for the axes.

import { linearTicks } from "../../show/page/ticks.js";

/**
 * @typedef {object} Scale
 * @property {(value: number) => number} place from 0, the lower end, to 1
 * @property {number[]} ticks round numbers within it
 */

/** Round numbers within a decade: few, then more where these are too few. */
const DIGITS = [[1], [1, 2, 5], [1, 2, 3, 5, 7], [1, 2, 3, 4, 5, 6, 7, 8, 9]];
const FEWEST = 3;

/**
 * Round numbers for a logarithmic axis between positive numbers.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @returns {number[]}
 */
export function logTicks(low, high, most) {
  /** @type {number[]} */
  const powers = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) powers.push(power);
  const found = DIGITS.map((digits) => {
    const all = powers.flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)));
    return all.filter((tick) => tick >= low && tick <= high);
  });
  const enough = found.filter((ticks) => ticks.length >= FEWEST);
  if (!enough.length) return linearTicks(low, high, FEWEST);
  const [fewest] = enough;
  return fewest.length <= most ? fewest : fewest.filter((_, k) => k % Math.ceil(fewest.length / most) === 0);
}

/**
 * A scale of some numbers. Zero and less, on a logarithmic one, lie at its lower end.
 * @param {number[]} values finite
 * @param {{isLog?: boolean, fromZero?: boolean, most?: number}} [options]
 * @returns {Scale}
 */
export function scaleOf(values, { isLog = false, fromZero = false, most = 7 } = {}) {
  const positive = values.filter((value) => value > 0);
  if (isLog && positive.length) {
    const [low, high] = [Math.min(...positive) / 1.15, Math.max(...positive) * 1.15];
    const length = Math.log(high / low);
    return {
      place: (value) => (value > 0 ? Math.max(0, Math.log(value / low) / length) : 0),
      ticks: logTicks(low, high, most),
    };
  }
  let [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
  if (fromZero) low = Math.min(0, low);
  const margin = high > low ? 0.06 * (high - low) : Math.abs(high) * 0.1 || 1;
  high += margin;
  if (!fromZero || low < 0) low -= margin;
  return { place: (value) => (value - low) / (high - low), ticks: linearTicks(low, high, Math.min(most, 6)) };
}

/**
 * The last epoch of the horizontal axis, which grows in few steps.
 * @param {number} done
 * @param {number} wanted
 */
export function lastEpoch(done, wanted) {
  for (let power = 1; ; power *= 10) {
    for (const digit of [1, 2, 5]) {
      const last = digit * power;
      if (last >= Math.max(done, 5)) return Math.max(2, wanted <= 2 * last ? Math.max(wanted, done) : last);
    }
  }
}

/**
 * A number of an axis.
 * @param {number} value
 */
export function tickText(value) {
  const size = Math.abs(value);
  const text = size > 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential() : String(Number(value.toPrecision(6)));
  return text.replace("-", "−").replace("e+", "e");
}
