// The sum that a unit makes: what comes in, by which weights, and what becomes of it.

import { fixed } from "./dom.js";
import { texts } from "./languages.js";
import { runSteps } from "./primitives.js";
import { windowOf } from "./pooling.js";

/**
 * Part of how a unit's number comes about, in the order of computation.
 * @typedef {object} Part
 * @property {string} title
 * @property {string} [text]
 * @property {number[]} [shape] of the pictures
 * @property {{name: string, values: Float32Array}[]} [pictures] of one shape: inputs, weights, products
 * @property {number} [value] what it comes to
 */

/** @typedef {{map: number, row: number, column: number}} Unit */

/**
 * Explain a unit of a layer, back to what the layer takes.
 * @param {any[]} steps of the layer
 * @param {Float32Array} input
 * @param {number[]} inputShape
 * @param {Unit} unit
 * @returns {Part[]}
 */
export function partsOf(steps, input, inputShape, unit) {
  const { values, shapes } = runSteps(steps, input, inputShape);
  /** @type {Part[]} */
  const parts = [];
  let at = unit;
  for (let k = steps.length - 1; k >= 0; k--) {
    const step = steps[k];
    const value = valueAt(values[k + 1], step.shape, at);
    const made = EXPLAINED[step.kind]?.(step, values[k], shapes[k], at, value);
    if (!made) continue;
    if (made.part) parts.unshift({ ...made.part, value });
    if (!made.next) return parts;
    at = made.next;
  }
  return parts;
}

/**
 * @param {Float32Array} values
 * @param {number[]} shape
 * @param {Unit} unit
 */
function valueAt(values, [, rows = 1, columns = 1], { map, row, column }) {
  return values[(map * rows + row) * columns + column];
}

/**
 * By kind of step: its part, and the unit of its input that the explanation goes on with, if it is one.
 * @type {Record<string, (step: any, input: Float32Array, shape: number[], unit: Unit, value: number) => {part?: Part, next?: Unit}>}
 */
const EXPLAINED = {
  activation(step, input, shape, unit) {
    const part = { title: step.function.replace("_", " "), text: texts().of(tidy(valueAt(input, shape, unit))) };
    return { part, next: unit };
  },

  affine(step, input, shape, unit) {
    const before = valueAt(input, shape, unit);
    const added = (/** @type {number} */ value) => (value < 0 ? ` − ${tidy(-value)}` : ` + ${tidy(value)}`);
    const shift = step.shift ? `(${tidy(before)}${added(-step.shift[unit.map])})` : tidy(before);
    const scale = step.scale ? ` × ${tidy(step.scale[unit.map])}` : "";
    const offset = step.offset ? added(step.offset[unit.map]) : "";
    return { part: { title: step.scale ? texts().scaled : texts().plus_bias, text: shift + scale + offset }, next: unit };
  },

  padding(step, input, [, rows, columns], { map, row, column }) {
    const inside = { map, row: row - step.top, column: column - step.left };
    const isThere = inside.row >= 0 && inside.column >= 0 && inside.row < rows && inside.column < columns;
    return { part: { title: isThere ? texts().pixel : texts().frame, text: "" } };
  },

  pooling(step, input, shape, { map, row, column }, value) {
    const { top, bottom, left, right } = windowOf(step, shape, row, column);
    const numbers = [];
    let next;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const number = valueAt(input, shape, { map, row: y, column: x });
        numbers.push(number);
        if (number === value && !next) next = { map, row: y, column: x };
      }
    }
    const part = {
      title: texts().of_window[/** @type {"max"} */ (step.mode)],
      shape: [1, bottom - top, right - left],
      pictures: [{ name: texts().window, values: Float32Array.from(numbers) }],
    };
    return { part, next: step.mode === "max" ? next : undefined };
  },

  convolution(step, input, [channels, height, width], { map, row, column }) {
    const [rows, columns] = step.kernel;
    const inGroup = channels / step.groups;
    const first = Math.floor(map / (step.shape[0] / step.groups)) * inGroup;
    const seen = [];
    for (let c = 0; c < inGroup; c++) if (!step.connections || step.connections[map][c]) seen.push(c);
    const area = rows * columns;
    const [patch, filter] = [new Float32Array(seen.length * area), new Float32Array(seen.length * area)];
    for (const [k, c] of seen.entries()) {
      for (let place = 0; place < area; place++) {
        const y = row * step.stride[0] + Math.floor(place / columns) * step.dilation[0] - step.pads[0][0];
        const x = column * step.stride[1] + (place % columns) * step.dilation[1] - step.pads[1][0];
        const inside = y >= 0 && x >= 0 && y < height && x < width;
        patch[k * area + place] = inside ? input[((first + c) * height + y) * width + x] : 0;
        filter[k * area + place] = step.filters[(map * inGroup + c) * area + place];
      }
    }
    const text = step.connections ? texts().sees_maps(seen.map((c) => c + 1).join(", ")) : "";
    return { part: { title: texts().sum_of_products, text, ...products([seen.length, rows, columns], patch, filter, texts().filter) } };
  },

  dense(step, input, shape, { map }) {
    const weights = step.weights.subarray(map * input.length, (map + 1) * input.length);
    return { part: { title: texts().sum_of_products, text: strongest(input, weights, shape), ...products(shape, input, weights, texts().weights) } };
  },

  distances(step, input, shape, { map }) {
    const code = step.codes.subarray(map * input.length, (map + 1) * input.length);
    const squares = Float32Array.from(input, (value, k) => (value - code[k]) ** 2);
    const pictures = [
      { name: texts().taken_in, values: input },
      { name: texts().code, values: Float32Array.from(code) },
      { name: texts().squares, values: squares },
    ];
    return { part: { title: texts().minus_distance, shape: [1, ...(step.bitmap ?? [1, input.length])], pictures } };
  },

  residual(step, input, inputShape, unit) {
    const sums = [step.branch, step.shortcut].map((layers) => {
      const { values, shapes } = runSteps(layers.flatMap((/** @type {any} */ layer) => layer.steps), input, inputShape);
      return valueAt(values[values.length - 1], shapes[shapes.length - 1], unit);
    });
    const words = step.shortcut.length ? texts().block_shortcut : texts().block_plus;
    return { part: { title: texts().sum, text: words(tidy(sums[0]), tidy(sums[1])) } };
  },
};

/**
 * @param {number[]} shape
 * @param {Float32Array} input
 * @param {Float32Array} weights
 * @param {string} name of the weights
 */
function products(shape, input, weights, name) {
  const values = Float32Array.from(input, (value, k) => value * weights[k]);
  return {
    shape,
    pictures: [
      { name: texts().taken_in, values: Float32Array.from(input) },
      { name, values: Float32Array.from(weights) },
      { name: texts().products, values },
    ],
  };
}

/**
 * The products that count most, in words.
 * @param {Float32Array} input
 * @param {Float32Array} weights
 * @param {number[]} shape
 */
function strongest(input, weights, shape) {
  if (shape.length !== 1) return "";
  const order = Array.from(input.keys()).sort((a, b) => Math.abs(input[b] * weights[b]) - Math.abs(input[a] * weights[a]));
  const named = order.slice(0, 3).map((k) => `${texts().unit(k + 1)}: ${tidy(input[k])} × ${tidy(weights[k])}`);
  return texts().most_by(named.join("; "));
}

/** @param {number} value */
function tidy(value) {
  return fixed(value, 3);
}
