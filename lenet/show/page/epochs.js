// The numbers of a network at several epochs, of which most were kept as 8 bits each.

import { bytesOf } from "./base64.js";

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<ArrayBuffer>}
 */
function inflated(bytes) {
  const whole = new Blob([/** @type {any} */ (bytes)]).stream();
  return new Response(whole.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}

export class Epochs {
  /**
   * @param {number[][]} parts length of each array, and rows of those whose numbers are integers times a scale of the row
   * @param {number} count epochs
   * @param {ArrayBuffer} data integers of all epochs, of each after the first what is added to those before; then floats
   */
  constructor(parts, count, data) {
    this.parts = parts;
    this.integersEach = parts.reduce((sum, [length, rows]) => sum + (rows ? length : 0), 0);
    this.floatsEach = parts.reduce((sum, [length, rows]) => sum + (rows || length), 0);
    this.integers = new Int8Array(data, 0, count * this.integersEach).slice();
    // In 8 bits, as Python has subtracted them.
    for (let k = this.integersEach; k < this.integers.length; k++) this.integers[k] += this.integers[k - this.integersEach];
    this.floats = new DataView(data, this.integers.length);
  }

  /**
   * @param {number} index of the epoch among those that there are
   * @returns {Float32Array} all arrays, one after the other
   */
  numbersAt(index) {
    const all = new Float32Array(this.parts.reduce((sum, [length]) => sum + length, 0));
    let [to, integer, float] = [0, index * this.integersEach, index * this.floatsEach];
    const next = () => this.floats.getFloat32(4 * float++, true);
    for (const [length, rows] of this.parts) {
      if (!rows) for (let k = 0; k < length; k++) all[to++] = next();
      for (let row = 0; row < rows; row++) {
        const scale = next();
        for (let k = 0; k < length / rows; k++) all[to++] = scale * this.integers[integer++];
      }
    }
    return all;
  }
}

/**
 * Unpack what Python has packed.
 * @param {{parts: number[][], packed: string, epochs: number[]}} written
 * @returns {Promise<Epochs>}
 */
export async function epochsOf({ parts, packed, epochs }) {
  return new Epochs(parts, epochs.length, await inflated(bytesOf(packed)));
}
