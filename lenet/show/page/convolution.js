// Convolution of images, as a correlation with filters that Python has flipped.

/**
 * @typedef {object} Convolution
 * @property {number[]} shape maps, rows and columns of the output
 * @property {Float32Array} filters map after map: channels of its group, rows, columns
 * @property {number[]} kernel rows and columns of a filter
 * @property {number[]} stride
 * @property {number[]} dilation
 * @property {number[][]} pads above and below, left and right
 * @property {number} groups
 * @property {number[][]} [connections] which channels a map sees: 1, or 0 for those that it does not
 */

/**
 * Call `visit` once for each weight, with what it connects: out[row, column] of map `o` gets the weight times
 * in[row * stride + top, column * stride + left] of channel `c`, where that is within the image.
 * @param {Convolution} step
 * @param {number[]} inputShape
 * @param {(o: number, c: number, weight: number, top: number, left: number) => void} visit
 */
function forEachWeight(step, inputShape, visit) {
  const [rows, columns] = step.kernel;
  const inGroup = inputShape[0] / step.groups;
  const mapsInGroup = step.shape[0] / step.groups;
  let place = 0;
  for (let o = 0; o < step.shape[0]; o++) {
    const first = Math.floor(o / mapsInGroup) * inGroup;
    for (let c = 0; c < inGroup; c++) {
      for (let row = 0; row < rows; row++) {
        const top = row * step.dilation[0] - step.pads[0][0];
        for (let column = 0; column < columns; column++) {
          const weight = step.filters[place++];
          const left = column * step.dilation[1] - step.pads[1][0];
          if (weight !== 0) visit(o, first + c, weight, top, left);
        }
      }
    }
  }
}

/**
 * First and last output place whose input place is within the image.
 * @param {number} start of the input, for output 0
 * @param {number} stride
 * @param {number} n input places
 * @param {number} m output places
 * @returns {[number, number]} the last one excluded
 */
function within(start, stride, n, m) {
  const first = start < 0 ? Math.ceil(-start / stride) : 0;
  return [first, Math.min(m, Math.floor((n - 1 - start) / stride) + 1)];
}

/**
 * @param {Convolution} step
 * @param {Float32Array} input
 * @param {number[]} inputShape
 * @returns {Float32Array}
 */
export function convolve(step, input, inputShape) {
  const [, height, width] = inputShape;
  const [maps, rows, columns] = step.shape;
  const [down, across] = step.stride;
  const sums = new Float64Array(maps * rows * columns);
  forEachWeight(step, inputShape, (o, c, weight, top, left) => {
    const [firstRow, lastRow] = within(top, down, height, rows);
    const [firstColumn, lastColumn] = within(left, across, width, columns);
    for (let row = firstRow; row < lastRow; row++) {
      let from = (c * height + row * down + top) * width + firstColumn * across + left;
      const to = (o * rows + row) * columns;
      for (let column = firstColumn; column < lastColumn; column++, from += across) {
        sums[to + column] += weight * input[from];
      }
    }
  });
  return new Float32Array(sums);
}

/**
 * Derivative with respect to the input.
 * @param {Convolution} step
 * @param {Float32Array} input
 * @param {number[]} inputShape
 * @param {Float32Array} gradient with respect to the output
 * @returns {Float32Array}
 */
export function convolveBackward(step, input, inputShape, gradient) {
  const [, height, width] = inputShape;
  const [, rows, columns] = step.shape;
  const [down, across] = step.stride;
  const sums = new Float64Array(input.length);
  forEachWeight(step, inputShape, (o, c, weight, top, left) => {
    const [firstRow, lastRow] = within(top, down, height, rows);
    const [firstColumn, lastColumn] = within(left, across, width, columns);
    for (let row = firstRow; row < lastRow; row++) {
      let to = (c * height + row * down + top) * width + firstColumn * across + left;
      const from = (o * rows + row) * columns;
      for (let column = firstColumn; column < lastColumn; column++, to += across) {
        sums[to] += weight * gradient[from + column];
      }
    }
  });
  return new Float32Array(sums);
}
