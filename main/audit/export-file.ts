import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Bytes that are gathered before they are hashed and written. */
const pieceBytes = 256 * 1024;

/**
 * Gathers what goes into a file, and hashes and writes it piece by piece. It has two buffers and no more: one is
 * filled while the other is written, so that an export of any size takes the same memory.
 */
export interface ExportFile {
  addText(text: string): void;
  /** Copies the bytes. */
  addBytes(bytes: Buffer, length: number): void;
  /** True once so much is gathered that `write` is due, unless it is at it. */
  isDue(): boolean;
  /** Hashes and writes what is gathered; adding may go on meanwhile, a second `write` waits its turn. */
  write(): Promise<void>;
  /** What was written: call `write` before, and nothing after. */
  finish(): { bytes: number; sha256: string };
}

export function createExportFile(file: FileHandle): ExportFile {
  const hash = createHash('sha256');
  let filling = Buffer.allocUnsafeSlow(pieceBytes * 2);
  let spare = Buffer.allocUnsafeSlow(pieceBytes * 2);
  let used = 0;
  let bytes = 0;
  let writing: Promise<void> | null = null;

  const makeRoom = (needed: number): void => {
    if (used + needed <= filling.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(filling.length * 2, used + needed));
    filling.copy(larger, 0, 0, used);
    filling = larger;
  };

  async function write(): Promise<void> {
    if (writing !== null) {
      await writing;
      return write();
    }
    const piece = filling.subarray(0, used);
    [filling, spare] = [spare, filling];
    used = 0;
    hash.update(piece);
    bytes += piece.length;
    writing = file.writeFile(piece);
    try {
      await writing;
    } finally {
      writing = null;
    }
  }

  return {
    addText(text) {
      const length = Buffer.byteLength(text);
      makeRoom(length);
      filling.write(text, used, 'utf8');
      used += length;
    },
    addBytes(added, length) {
      makeRoom(length);
      added.copy(filling, used, 0, length);
      used += length;
    },
    isDue: () => writing === null && used >= pieceBytes,
    write,
    finish: () => ({ bytes, sha256: hash.digest('hex') }),
  };
}
