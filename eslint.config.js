// Style of the pages' programs; `npm install && npm run lint`.

import js from "@eslint/js";

/** What browsers offer and the page uses. */
const BROWSER = [
  "AbortSignal", "Blob", "CSS", "DataTransfer", "DecompressionStream", "File", "HTMLElement", "Image", "ImageData", "MutationObserver", "NodeFilter", "URL", "atob", "btoa", "cancelAnimationFrame",
  "clearTimeout", "createImageBitmap", "document", "fetch", "getComputedStyle", "localStorage", "location", "matchMedia", "ResizeObserver", "Response", "navigator", "performance",
  "requestAnimationFrame", "setTimeout", "window",
];

export default [
  { ignores: [".venv/", "build/", "dist/", "data/", "runs/"] },
  js.configs.recommended,
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: "module",
      globals: Object.fromEntries(BROWSER.map((name) => [name, "readonly"])),
    },
    rules: {
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "no-implicit-globals": "error",
      "no-shadow": "error",
      "no-unused-vars": ["error", { args: "after-used" }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["tests/show/**/*.js", "tests/show/**/*.mjs", "tests/dashboard/**/*.js", "benchmarks/*.mjs"],
    languageOptions: { globals: { process: "readonly", Buffer: "readonly" } },
  },
];
