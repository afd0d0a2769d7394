// Small pictures: images of the data set as buttons, steps of preparation, heat maps over an image.

import { pixelsOf } from "./colours.js";
import { element } from "./dom.js";
import { planeOf } from "./plane.js";

/** @typedef {import("./plane.js").Picture} Picture */

/**
 * An image of bytes, channel after channel, as a picture.
 * @param {ArrayLike<number>} image
 * @param {number[]} shape
 * @returns {Picture}
 */
export function pictureOfImage(image, [channels, rows, columns]) {
  const bytes = Uint8Array.from(image);
  const planes = Array.from({ length: channels }, (_, c) => {
    return planeOf(rows, columns, bytes.subarray(c * rows * columns, (c + 1) * rows * columns));
  });
  return { rows, columns, planes };
}

/**
 * @param {Picture} picture
 * @returns {ImageData}
 */
export function imageDataOf(picture) {
  return new ImageData(/** @type {any} */ (pixelsOf(picture)), picture.columns, picture.rows);
}

/**
 * A canvas that shows a picture, each pixel of it one of its own.
 * @param {Picture} picture
 * @param {string | (() => string)} description empty if what is around it says it
 * @returns {HTMLCanvasElement}
 */
export function canvasOf(picture, description) {
  const named = description ? { role: "img", "aria-label": description } : { "aria-hidden": "true" };
  const canvas = element("canvas", { width: picture.columns, height: picture.rows, ...named });
  canvas.getContext("2d").putImageData(imageDataOf(picture), 0, 0);
  return canvas;
}

/**
 * Lay a heat map over an image in gray.
 * @param {HTMLCanvasElement} canvas
 * @param {Picture} picture
 * @param {Float32Array} heat of any size: red where it is positive, blue where it is negative
 * @param {number[]} size rows and columns of `heat`
 */
export function drawHeat(canvas, picture, heat, [rows, columns]) {
  [canvas.width, canvas.height] = [224, Math.round((224 * picture.rows) / picture.columns)];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const gray = pixelsOf(picture);
  for (let k = 0; k < gray.length; k += 4) {
    const tone = 0.299 * gray[k] + 0.587 * gray[k + 1] + 0.114 * gray[k + 2];
    gray.fill(tone, k, k + 3);
  }
  let most = 1e-6;
  for (const value of heat) most = Math.max(most, Math.abs(value));
  const pixels = new Uint8ClampedArray(4 * rows * columns);
  heat.forEach((value, k) => {
    const colour = value > 0 ? [255, 70, 20] : [40, 120, 255];
    pixels.set([...colour, 200 * (Math.abs(value) / most) ** 0.8], 4 * k);
  });
  const small = (/** @type {any} */ data, /** @type {number} */ wide, /** @type {number} */ high) => {
    const made = element("canvas", { width: wide, height: high });
    made.getContext("2d").putImageData(new ImageData(data, wide, high), 0, 0);
    return made;
  };
  context.imageSmoothingEnabled = false;
  context.drawImage(small(gray, picture.columns, picture.rows), 0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(small(pixels, columns, rows), 0, 0, canvas.width, canvas.height);
}

/**
 * Colours of differences to green, modulo 256.
 * @param {Uint8Array} image red, green, blue
 */
export function withGreen(image) {
  const area = image.length / 3;
  for (let k = 0; k < area; k++) {
    image[k] += image[area + k];
    image[2 * area + k] += image[area + k];
  }
  return image;
}

/**
 * Cut a sheet of gray planes into images: one below the other for the channels of an image, side by side the images.
 * @param {string} source a data: address of a PNG file
 * @param {{count: number, across: number, shape: number[]}} sheet
 * @returns {Promise<Uint8Array[]>}
 */
export async function imagesOfSheet(source, { count, across, shape: [channels, rows, columns] }) {
  const loaded = new Image();
  loaded.src = source;
  await loaded.decode();
  const canvas = element("canvas", { width: loaded.width, height: loaded.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(loaded, 0, 0);
  return Array.from({ length: count }, (_, k) => {
    const [left, top] = [(k % across) * columns, Math.floor(k / across) * channels * rows];
    const { data } = context.getImageData(left, top, columns, channels * rows);
    const image = Uint8Array.from({ length: channels * rows * columns }, (__, place) => data[4 * place]);
    return channels === 3 ? withGreen(image) : image;
  });
}
