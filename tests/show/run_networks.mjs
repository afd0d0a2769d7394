// What networks give for images, layer by layer, and derivatives with respect to the image; for test_primitives.py.

import { readFileSync } from "node:fs";
import { bytesOf } from "../../lenet/show/page/base64.js";
import { gradientOf, networkOf, probabilities, run } from "../../lenet/show/page/network.js";

/** Base64 of float32. */
function packed(values) {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

function floats(text) {
  return new Float32Array(bytesOf(text).buffer);
}

const answers = JSON.parse(readFileSync(0, "utf8")).map(({ written, inputs, weights }) => {
  const network = networkOf(written);
  const length = network.shape.reduce((a, b) => a * b, 1);
  const all = floats(inputs);
  const found = [];
  for (let start = 0; start < all.length; start += length) {
    const input = all.slice(start, start + length);
    const outputs = run(network, input);
    found.push({
      outputs: outputs.map(packed),
      probabilities: packed(probabilities(outputs)),
      gradient: weights === null ? null : packed(gradientOf(network, input, outputs, floats(weights))),
    });
  }
  return found;
});
process.stdout.write(JSON.stringify(answers));
