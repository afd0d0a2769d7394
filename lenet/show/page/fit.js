// Pictures as squares of the network's size, as lenet.data.image_files makes them.

import { edgesOf, median, planeOf, rint } from "./plane.js";
import { resize } from "./resize.js";

/** @typedef {import("./plane.js").Picture} Picture */

/**
 * Gray of colours, by the weights of ITU-R 601 in the whole numbers of Pillow.
 * @param {number} red
 * @param {number} green
 * @param {number} blue
 */
export function grayOf(red, green, blue) {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/**
 * Pixels of a canvas as a picture of one channel or three.
 * @param {{width: number, height: number, data: ArrayLike<number>}} pixels red, green, blue and opacity
 * @param {number} channels
 * @returns {Picture}
 */
export function pictureOf({ width, height, data }, channels) {
  const planes = Array.from({ length: channels }, () => planeOf(height, width, new Uint8Array(width * height)));
  for (let k = 0; k < width * height; k++) {
    if (channels === 1) planes[0].data[k] = grayOf(data[4 * k], data[4 * k + 1], data[4 * k + 2]);
    else for (let c = 0; c < channels; c++) planes[c].data[k] = data[4 * k + c];
  }
  return { rows: height, columns: width, planes };
}

/**
 * Median of the border of each channel.
 * @param {Picture} picture
 * @returns {number[]}
 */
export function background(picture) {
  return picture.planes.map((plane) => Math.floor(median(edgesOf(plane).flat())));
}

/**
 * Scale a picture to a square.
 * @param {Picture} picture
 * @param {number} size
 * @param {boolean} keepAspect whether it is framed with its `background`, not stretched
 * @returns {Picture}
 */
export function fitTo(picture, size, keepAspect) {
  const square = { rows: size, columns: size };
  if (!keepAspect) return { ...square, planes: picture.planes.map((plane) => resize(plane, size, size)) };
  const longest = Math.max(picture.rows, picture.columns);
  const height = Math.max(1, rint((size * picture.rows) / longest));
  const width = Math.max(1, rint((size * picture.columns) / longest));
  const [top, left] = [Math.floor((size - height) / 2), Math.floor((size - width) / 2)];
  const tones = background(picture);
  const planes = picture.planes.map((plane, c) => {
    const data = new Uint8Array(size * size).fill(tones[c]);
    const small = resize(plane, height, width);
    for (let row = 0; row < height; row++) {
      data.set(small.data.subarray(row * width, (row + 1) * width), (row + top) * size + left);
    }
    return planeOf(size, size, data);
  });
  return { ...square, planes };
}
