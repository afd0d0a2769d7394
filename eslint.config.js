// Style of the page's program; `npm install && npm run lint`.

import js from "@eslint/js";

/** What browsers offer and the page uses. */
const BROWSER = [
  "Blob", "CSS", "DataTransfer", "File", "HTMLElement", "Image", "ImageData", "URL", "atob", "btoa", "cancelAnimationFrame",
  "clearTimeout", "createImageBitmap", "document", "getComputedStyle", "localStorage", "matchMedia", "ResizeObserver", "navigator", "performance",
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
    files: ["tests/show/**/*.js", "tests/show/**/*.mjs"],
    languageOptions: { globals: { process: "readonly", Buffer: "readonly" } },
  },
];
