// Pictures made ready for a network, as `lenet predict` does it.

import { readDigits } from "./digits.js";
import { fitTo } from "./fit.js";

/** @typedef {import("./plane.js").Picture} Picture */
/** @typedef {import("./plane.js").Plane} Plane */

/**
 * What a network expects of pictures.
 * @typedef {object} Sight
 * @property {number} channels
 * @property {number} size
 * @property {boolean} digits whether it has learnt digits as MNIST's
 * @property {boolean} keepAspect whether pictures are framed, not stretched
 */

/**
 * An image that is ready.
 * @typedef {object} Ready
 * @property {Uint8Array} image channel after channel
 * @property {{name: keyof typeof import("./english.js").ENGLISH.steps, picture: Picture}[]} steps that led to it, itself the last
 * @property {"" | import("./picture_error.js").Note} note what is said of it; empty most often
 */

/**
 * @param {Picture} picture of as many channels as the network takes
 * @param {Sight} sight
 * @returns {Ready[]} of digits, all that are found
 * @throws {PictureError} if there is no digit where there should be one
 */
export function prepared(picture, sight) {
  if (!sight.digits) {
    const fitted = fitTo(picture, sight.size, sight.keepAspect);
    /** @type {Ready["steps"]} */
    const steps = [
      { name: "picture", picture },
      { name: sight.keepAspect ? "framed" : "stretched", picture: fitted },
    ];
    return [{ image: imageOf(fitted), steps, note: "" }];
  }
  const { digits } = readDigits(picture.planes[0], sight.size);
  return digits.map(({ image, doubt, steps }) => {
    const alone = (/** @type {Plane} */ plane) => ({ rows: plane.rows, columns: plane.columns, planes: [plane] });
    /** @type {typeof steps} */
    const last = steps.length > 2 ? [{ name: "centred", plane: image }] : [];
    const shown = [...steps, ...last].map(({ name, plane }) => ({ name, picture: alone(plane) }));
    return { image: Uint8Array.from(image.data), steps: shown, note: doubt };
  });
}

/**
 * A picture whose bytes have the range that the network has learnt.
 * @param {Picture} picture
 * @param {number[][] | null} tones what becomes of each byte, channel by channel; null if it stays
 * @returns {Picture}
 */
export function withTones(picture, tones) {
  if (!tones) return picture;
  const planes = picture.planes.map(({ rows, columns, data }, c) => {
    return { rows, columns, data: Uint8Array.from(data, (value) => tones[c][value]) };
  });
  return { ...picture, planes };
}

/**
 * The bytes of a picture, channel after channel.
 * @param {Picture} picture
 * @returns {Uint8Array}
 */
export function imageOf(picture) {
  const area = picture.rows * picture.columns;
  const bytes = new Uint8Array(area * picture.planes.length);
  for (const [c, plane] of picture.planes.entries()) bytes.set(plane.data, c * area);
  return bytes;
}
