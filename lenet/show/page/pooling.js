// Pooling: the maximum, mean or sum of windows; what does not fill a window is left out.

/**
 * @typedef {object} Pooling
 * @property {number[]} shape channels, rows and columns of the output
 * @property {"max" | "avg" | "sum"} mode a mean is of the pixels of the image alone, not of the padding
 * @property {number[]} window rows and columns
 * @property {number[]} stride
 * @property {number[]} pads rows and columns on either side
 */

/**
 * The part of the image that the window of an output sees.
 * @param {Pooling} step
 * @param {number[]} inputShape
 * @param {number} row
 * @param {number} column
 * @returns {{top: number, bottom: number, left: number, right: number}} bottom and right excluded
 */
export function windowOf(step, inputShape, row, column) {
  const top = row * step.stride[0] - step.pads[0];
  const left = column * step.stride[1] - step.pads[1];
  return {
    top: Math.max(0, top),
    bottom: Math.min(inputShape[1], top + step.window[0]),
    left: Math.max(0, left),
    right: Math.min(inputShape[2], left + step.window[1]),
  };
}

/**
 * @param {Pooling} step
 * @param {number[]} inputShape
 * @param {(output: number, places: number[]) => void} visit the input places of each output's window
 */
function forEachWindow(step, inputShape, visit) {
  const [channels, rows, columns] = step.shape;
  const [, height, width] = inputShape;
  const places = [];
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const { top, bottom, left, right } = windowOf(step, inputShape, row, column);
        places.length = 0;
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) places.push((channel * height + y) * width + x);
        }
        visit((channel * rows + row) * columns + column, places);
      }
    }
  }
}

/**
 * @param {Pooling} step
 * @param {Float32Array} input
 * @param {number[]} inputShape
 * @returns {Float32Array}
 */
export function pool(step, input, inputShape) {
  const output = new Float32Array(step.shape[0] * step.shape[1] * step.shape[2]);
  forEachWindow(step, inputShape, (k, places) => {
    let result = step.mode === "max" ? -Infinity : 0;
    for (const place of places) {
      result = step.mode === "max" ? Math.max(result, input[place]) : Math.fround(result + input[place]);
    }
    output[k] = step.mode === "avg" ? result / places.length : result;
  });
  return output;
}

/**
 * Derivative with respect to the input. As in Theano, all maxima of a window that are tied get all of it.
 * @param {Pooling} step
 * @param {Float32Array} input
 * @param {number[]} inputShape
 * @param {Float32Array} gradient with respect to the output
 * @returns {Float32Array}
 */
export function poolBackward(step, input, inputShape, gradient) {
  const result = new Float32Array(input.length);
  const output = step.mode === "max" ? pool(step, input, inputShape) : null;
  forEachWindow(step, inputShape, (k, places) => {
    const share = step.mode === "avg" ? gradient[k] / places.length : gradient[k];
    for (const place of places) {
      if (output === null || input[place] === output[k]) result[place] += share;
    }
  });
  return result;
}
