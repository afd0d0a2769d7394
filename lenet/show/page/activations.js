// Activation functions of lenet.layers.activations, and their derivatives.

/** 1.7159 tanh(2x/3), of LeNet-5 (1998), appendix A. */
const SQUASH_SCALE = 1.7159;
const SQUASH_SLOPE = 0.6666667; // of 2 / 3, the seven digits that PyTensor's C code has
const LEAK = 0.01;

/**
 * By name: the function, and its derivative by x, given x and y = f(x). At 0, `relu` has 1/2, as in Theano.
 * @type {Record<string, {of: (x: number) => number, slope: (x: number, y: number) => number}>}
 */
const POINTWISE = {
  relu: { of: (x) => (x > 0 ? x : 0), slope: (x) => (x > 0 ? 1 : x < 0 ? 0 : 0.5) },
  leaky_relu: leaky(LEAK),
  elu: { of: (x) => (x > 0 ? x : Math.expm1(x)), slope: (x, y) => (x > 0 ? 1 : y + 1) },
  sigmoid: { of: (x) => 1 / (1 + Math.exp(-x)), slope: (x, y) => y * (1 - y) },
  tanh: { of: Math.tanh, slope: (x, y) => 1 - y * y },
  squash: {
    of: (x) => SQUASH_SCALE * Math.fround(Math.tanh(Math.fround(SQUASH_SLOPE * x))),
    slope: (x, y) => SQUASH_SLOPE * (SQUASH_SCALE - (y * y) / SQUASH_SCALE),
  },
  identity: { of: (x) => x, slope: () => 1 },
};

/**
 * Leaky rectifier of a slope.
 * @param {number} leak
 * @returns {{of: (x: number) => number, slope: (x: number, y: number) => number}}
 */
function leaky(leak) {
  return { of: (x) => (x > 0 ? x : leak * x), slope: (x) => (x > 0 ? 1 : leak) };
}

/**
 * A function by its name; that of leaky_relu:0.3 has its slope in it.
 * @param {string} name
 */
function pointwise(name) {
  const [kind, leak] = name.split(":");
  return leak === undefined ? POINTWISE[kind] : leaky(Number(leak));
}

/**
 * Softmax of consecutive rows: exponentials divided by their sum.
 * @param {Float32Array} input
 * @param {number} length of a row
 * @returns {Float32Array}
 */
export function softmax(input, length) {
  const output = new Float32Array(input.length);
  for (let start = 0; start < input.length; start += length) {
    let largest = -Infinity;
    for (let k = 0; k < length; k++) largest = Math.max(largest, input[start + k]);
    let sum = 0;
    for (let k = 0; k < length; k++) sum += Math.exp(input[start + k] - largest);
    for (let k = 0; k < length; k++) {
      output[start + k] = Math.exp(input[start + k] - largest) / sum;
    }
  }
  return output;
}

/**
 * @param {{function: string, shape: number[]}} step
 * @param {Float32Array} input
 * @returns {Float32Array}
 */
export function activate(step, input) {
  if (step.function === "softmax") return softmax(input, step.shape[step.shape.length - 1]);
  const { of } = pointwise(step.function);
  return input.map(of);
}

/**
 * Derivative with respect to the input, given that with respect to the output.
 * @param {{function: string, shape: number[]}} step
 * @param {Float32Array} input
 * @param {Float32Array} gradient
 * @returns {Float32Array}
 */
export function activateBackward(step, input, gradient) {
  const output = activate(step, input);
  if (step.function !== "softmax") {
    const { slope } = pointwise(step.function);
    return gradient.map((g, k) => g * slope(input[k], output[k]));
  }
  const length = step.shape[step.shape.length - 1];
  const result = new Float32Array(input.length);
  for (let start = 0; start < input.length; start += length) {
    let mean = 0;
    for (let k = start; k < start + length; k++) mean += output[k] * gradient[k];
    for (let k = start; k < start + length; k++) result[k] = output[k] * (gradient[k] - mean);
  }
  return result;
}
