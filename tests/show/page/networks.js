// Small networks and random numbers, for the tests beside this file.

/**
 * A generator of numbers from -1 to 1, the same each time.
 * @param {number} seed
 */
export function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (2 * state) / 2 ** 32 - 1;
  };
}

/**
 * @param {number} length
 * @param {() => number} next
 */
export function floats(length, next) {
  return Float32Array.from({ length }, next);
}

/**
 * A layer of steps, with the shape of the last.
 * @param {string} name
 * @param {...any} steps
 */
export function layer(name, ...steps) {
  return { name, class: name, parameters: 0, shape: steps[steps.length - 1].shape, steps };
}

/**
 * Convolution with padding and stride, pooling, and units, on images of 2 x 9 x 8.
 * @param {number} seed
 */
export function smallNetwork(seed = 1) {
  const next = numbers(seed);
  const convolution = {
    kind: "convolution", shape: [3, 5, 4], filters: floats(3 * 2 * 9, next), kernel: [3, 3], stride: [2, 2],
    dilation: [1, 1], pads: [[1, 1], [1, 1]], groups: 1,
  };
  const pooling = { kind: "pooling", shape: [3, 2, 2], mode: "max", window: [2, 2], stride: [2, 2], pads: [0, 0] };
  const tanh = (/** @type {number[]} */ shape) => ({ kind: "activation", shape, function: "tanh" });
  return {
    shape: [2, 9, 8],
    classes: ["a", "b", "c"],
    layers: [
      layer("conv", convolution, { kind: "affine", shape: [3, 5, 4], offset: floats(3, next) }, tanh([3, 5, 4])),
      layer("pool", pooling),
      layer("output", { kind: "dense", shape: [3], weights: floats(36, next) }),
    ],
  };
}

/**
 * A network of one layer: scores are products with weights.
 * @param {number[]} shape
 * @param {Float32Array} weights
 */
export function linearNetwork(shape, weights) {
  const classes = weights.length / shape.reduce((a, b) => a * b, 1);
  return {
    shape,
    classes: Array.from({ length: classes }, (_, k) => String(k)),
    layers: [layer("output", { kind: "dense", shape: [classes], weights })],
  };
}
