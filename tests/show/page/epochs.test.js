// Numbers of a network at several epochs, unpacked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { Epochs, epochsOf } from "../../../lenet/show/page/epochs.js";
import { withGreen } from "../../../lenet/show/page/pictures.js";

/** Two rows of three integers, and two numbers as they are, of two epochs. */
const PARTS = [[6, 2], [2, 0]];
const INTEGERS = [[1, -127, 3, 4, 5, 127], [100, 127, 3, -4, 5, -127]];
const FLOATS = [[0.5, 2, 7, 8], [0.25, 1, -7, 1e-30]];
const EXPECTED = [[0.5, -63.5, 1.5, 8, 10, 254, 7, 8], [25, 31.75, 0.75, -4, 5, -127, -7, Math.fround(1e-30)]];

function data() {
  const steps = INTEGERS[1].map((value, k) => (value - INTEGERS[0][k]) & 255);
  const floats = Buffer.alloc(4 * 8);
  for (const [k, value] of FLOATS.flat().entries()) floats.writeFloatLE(value, 4 * k);
  return Buffer.concat([Buffer.from(INTEGERS[0].map((value) => value & 255)), Buffer.from(steps), floats]);
}

test("integers are added up in eight bits, and multiplied by the scale of their row", () => {
  const bytes = data();
  const epochs = new Epochs(PARTS, 2, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  for (const [k, expected] of EXPECTED.entries()) assert.deepEqual(Array.from(epochs.numbersAt(k)), expected);
});

test("what was deflated is inflated", async () => {
  const epochs = await epochsOf({ parts: PARTS, packed: deflateSync(data()).toString("base64"), epochs: [0, 1] });
  assert.deepEqual(Array.from(epochs.numbersAt(1)), EXPECTED[1]);
});

test("damaged numbers are an error", async () => {
  const packed = deflateSync(data()).subarray(0, 12).toString("base64");
  await assert.rejects(epochsOf({ parts: PARTS, packed, epochs: [0, 1] }));
});

test("colours get their green back", () => {
  const image = Uint8Array.from([250, 3, 10, 20, 0, 255]);
  assert.deepEqual(Array.from(withGreen(image)), [4, 23, 10, 20, 10, 19]);
});
