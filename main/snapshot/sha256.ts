import { createHash } from 'node:crypto';

/** SHA-256 of bytes or of UTF-8 text, as 64 lowercase hexadecimal digits (what `sha256sum` prints). */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}
