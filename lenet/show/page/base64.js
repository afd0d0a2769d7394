// Bytes that Python has written as text.

/**
 * Base64 as bytes.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function bytesOf(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let k = 0; k < binary.length; k++) bytes[k] = binary.charCodeAt(k);
  return bytes;
}
