// Probabilities that a page of `lenet show` computes: `node show_probabilities.mjs PAGE IMAGES OUT`, for show.py.
//
// IMAGES are bytes, image after image; OUT gets float32, class after class.

import { readFileSync, writeFileSync } from "node:fs";
import { networkOf, probabilities, run, scaled } from "../lenet/show/page/network.js";

const [page, images, out] = process.argv.slice(2);
const network = networkOf(JSON.parse(readFileSync(page, "utf8").match(/id="network">(.*?)<\/script>/s)[1]));
const bytes = new Uint8Array(readFileSync(images));
const length = network.shape.reduce((a, b) => a * b, 1);
const [n, n_classes] = [bytes.length / length, network.classes.length];
const found = new Float32Array(n * n_classes);
for (let k = 0; k < n; k++) {
  found.set(probabilities(run(network, scaled(bytes.subarray(k * length, (k + 1) * length)))), k * n_classes);
}
writeFileSync(out, new Uint8Array(found.buffer));
