// Pictures made ready by the page's program; for test_prepare.py.

import { readFileSync } from "node:fs";
import { bytesOf } from "../../lenet/show/page/base64.js";
import { PictureError } from "../../lenet/show/page/picture_error.js";
import { planeOf } from "../../lenet/show/page/plane.js";
import { prepared } from "../../lenet/show/page/prepare.js";
import { resize } from "../../lenet/show/page/resize.js";

const { pictures, sight, sizes } = JSON.parse(readFileSync(0, "utf8"));

function decoded({ shape: [channels, rows, columns], bytes }) {
  const all = bytesOf(bytes);
  const planes = Array.from({ length: channels }, (_, c) => {
    return planeOf(rows, columns, all.slice(c * rows * columns, (c + 1) * rows * columns));
  });
  return { rows, columns, planes };
}

function base64(bytes) {
  return Buffer.from(bytes).toString("base64");
}

const answers = pictures.map((each, k) => {
  const picture = decoded(each);
  if (sizes) return base64(resize(picture.planes[0], ...sizes[k]).data);
  try {
    return prepared(picture, sight).map(({ image, note }) => ({ image: base64(image), note }));
  } catch (error) {
    if (error instanceof PictureError) return error.message;
    throw error;
  }
});
process.stdout.write(JSON.stringify(answers));
