// The nearest training pictures: those for which the last hidden layer gives nearly the same.

import { run, scaled } from "./network.js";

/**
 * What the last hidden layer gives: the input of the last layer that changes anything.
 * @param {import("./network.js").Network} network
 * @param {Float32Array} input the image
 * @param {Float32Array[]} outputs of the network for it
 */
export function features(network, input, outputs) {
  const last = network.layers.findLastIndex(({ steps }) => {
    return steps.some(({ kind }) => kind === "dense" || kind === "distances" || kind === "convolution");
  });
  return last > 0 ? outputs[last - 1] : input;
}

/** Features of training pictures, computed when there is time. */
export class Neighbours {
  /**
   * @param {import("./network.js").Network} network
   * @param {Uint8Array[]} images
   */
  constructor(network, images) {
    this.network = network;
    this.images = images;
    /** @type {Float32Array[]} */
    this.known = [];
  }

  /**
   * Compute the features of the next picture.
   * @returns {boolean} whether there are more
   */
  learnNext() {
    if (this.known.length < this.images.length) {
      const input = scaled(this.images[this.known.length]);
      this.known.push(features(this.network, input, run(this.network, input)));
    }
    return this.known.length < this.images.length;
  }

  /**
   * The nearest of the pictures that are known, in Euclidean distance.
   * @param {Float32Array} wanted features
   * @param {number} count
   * @returns {{index: number, distance: number}[]}
   */
  nearest(wanted, count) {
    const all = this.known.map((found, index) => {
      let square = 0;
      for (let k = 0; k < wanted.length; k++) square += (found[k] - wanted[k]) ** 2;
      return { index, distance: Math.sqrt(square) };
    });
    return all.sort((a, b) => a.distance - b.distance).slice(0, count);
  }
}
