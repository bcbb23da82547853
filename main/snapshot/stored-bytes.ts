import { promisify } from 'node:util';
import { crc32, gunzip, gunzipSync, gzip, gzipSync } from 'node:zlib';
import { AppError } from '../../shared/errors.ts';
import { sha256Hex } from './sha256.ts';

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);

/** Above this many bytes compressing leaves the main thread; below, the hop costs more than the work. */
const packInPlaceLimit = 8 * 1024;
/** The same for unpacking, which is some ten times faster. */
const unpackInPlaceLimit = 256 * 1024;

/** Bytes as they lie in the database: gzip, with a checksum over the compressed form. */
export interface StoredBytes {
  bytes: Uint8Array;
  /**
   * CRC-32 of `bytes`. A flipped bit in gzip's header or in the padding of its last block leaves the content
   * as it was; this makes even that damage visible. It guards against decay, SHA-256 against people.
   */
  crc32: number;
}

/** Compresses canonical bytes for storing. */
export async function packBytes(canonical: Uint8Array): Promise<StoredBytes> {
  const bytes =
    canonical.length > packInPlaceLimit
      ? await gzipAsync(canonical, { level: 6 })
      : gzipSync(canonical, smallPacking(canonical.length));
  return { bytes, crc32: crc32(bytes) };
}

/** Tables and output of the size that the input needs: the usual ones take 270 KB for each small object. */
function smallPacking(size: number): {
  level: number;
  windowBits: number;
  memLevel: number;
  chunkSize: number;
} {
  const windowBits = Math.max(10, 32 - Math.clz32(size));
  return { level: 6, windowBits, memLevel: 6, chunkSize: size + 64 };
}

/** What can be wrong with stored bytes, in the order of looking. */
export type StoredBytesFault = 'checksum_differs' | 'not_gzip' | 'size_differs' | 'hash_differs';

/**
 * The canonical bytes behind a stored row, proved against its hash, its size and its checksum.
 * Answers the first fault instead when one of them does not hold.
 */
export async function checkStoredBytes(stored: {
  bytes: Uint8Array;
  crc32: number;
  sha256: string;
  size: number;
}): Promise<{ canonical: Uint8Array; fault: null } | { canonical: null; fault: StoredBytesFault }> {
  if (crc32(stored.bytes) !== stored.crc32) return { canonical: null, fault: 'checksum_differs' };
  let canonical: Uint8Array;
  try {
    canonical = await unpack(stored.bytes, stored.size);
  } catch {
    // Whatever zlib dislikes about the bytes, they are not what was written.
    return { canonical: null, fault: 'not_gzip' };
  }
  if (canonical.length !== stored.size) return { canonical: null, fault: 'size_differs' };
  if (sha256Hex(canonical) !== stored.sha256) return { canonical: null, fault: 'hash_differs' };
  return { canonical, fault: null };
}

/** The canonical bytes behind a stored row. Throws `AppError` `stored_bytes_damaged` when they do not prove right. */
export async function unpackBytes(stored: Parameters<typeof checkStoredBytes>[0]): Promise<Uint8Array> {
  const checked = await checkStoredBytes(stored);
  if (checked.fault === null) return checked.canonical;
  throw new AppError('stored_bytes_damaged', 'Stored content does not match its hash.', {
    nextStep: 'Run backup-sets verify to see what is damaged.',
    details: { sha256: stored.sha256, fault: checked.fault },
  });
}

function unpack(bytes: Uint8Array, size: number): Promise<Uint8Array> | Uint8Array {
  // The cap stops a forged row from unpacking to more than it claims.
  const options = { maxOutputLength: Math.max(size + 1, 64) };
  return size > unpackInPlaceLimit ? gunzipAsync(bytes, options) : gunzipSync(bytes, options);
}
