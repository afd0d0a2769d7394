// Numbers of a network at each epoch, as the page's program unpacks them; for test_learnt.py.

import { readFileSync } from "node:fs";
import { epochsOf } from "../../lenet/show/page/epochs.js";

const written = JSON.parse(readFileSync(0, "utf8"));
const epochs = await epochsOf(written);
const answers = written.epochs.map((_, k) => Buffer.from(epochs.numbersAt(k).buffer).toString("base64"));
process.stdout.write(JSON.stringify(answers));
