// Convolution of images, as a correlation with filters that Python has flipped.
//
// Sums are of float32, in the order of our kernels in C (lenet/nnet/c_code): each product is added with one rounding.

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
 * What a place of the filters connects: output rows and columns, the last ones excluded, and for the first of them
 * where its input is in a channel.
 * @typedef {{firstRow: number, lastRow: number, firstColumn: number, lastColumn: number, from: number}} Tap
 */

/**
 * @param {Convolution} step
 * @param {number[]} inputShape
 * @returns {Tap[]} row after row of a filter
 */
function tapsOf(step, [, height, width]) {
  const [, rows, columns] = step.shape;
  const [down, across] = step.stride;
  const taps = [];
  for (let row = 0; row < step.kernel[0]; row++) {
    const top = row * step.dilation[0] - step.pads[0][0];
    const [firstRow, lastRow] = within(top, down, height, rows);
    for (let column = 0; column < step.kernel[1]; column++) {
      const left = column * step.dilation[1] - step.pads[1][0];
      const [firstColumn, lastColumn] = within(left, across, width, columns);
      const from = (firstRow * down + top) * width + firstColumn * across + left;
      taps.push({ firstRow, lastRow, firstColumn, lastColumn, from });
    }
  }
  return taps;
}

/**
 * Call `visit` once for each weight that is not zero, with what it connects.
 * @param {Convolution} step
 * @param {number[]} inputShape
 * @param {(weight: number, tap: Tap, map: number, channel: number) => void} visit
 */
function forEachWeight(step, inputShape, visit) {
  const taps = tapsOf(step, inputShape);
  const inGroup = inputShape[0] / step.groups;
  const mapsInGroup = step.shape[0] / step.groups;
  let place = 0;
  for (let map = 0; map < step.shape[0]; map++) {
    const first = Math.floor(map / mapsInGroup) * inGroup;
    for (let c = 0; c < inGroup; c++) {
      for (const tap of taps) {
        const weight = step.filters[place++];
        if (weight !== 0) visit(weight, tap, map, first + c);
      }
    }
  }
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
  const sums = new Float32Array(maps * rows * columns);
  forEachWeight(step, inputShape, (weight, { firstRow, lastRow, firstColumn, lastColumn, from }, map, channel) => {
    let line = channel * height * width + from;
    for (let row = firstRow; row < lastRow; row++, line += down * width) {
      const to = (map * rows + row) * columns;
      let place = line;
      for (let column = firstColumn; column < lastColumn; column++, place += across) {
        sums[to + column] += weight * input[place];
      }
    }
  });
  return sums;
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
  forEachWeight(step, inputShape, (weight, { firstRow, lastRow, firstColumn, lastColumn, from }, map, channel) => {
    let line = channel * height * width + from;
    for (let row = firstRow; row < lastRow; row++, line += down * width) {
      const given = (map * rows + row) * columns;
      let place = line;
      for (let column = firstColumn; column < lastColumn; column++, place += across) {
        sums[place] += weight * gradient[given + column];
      }
    }
  });
  return new Float32Array(sums);
}
