import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';

/** A file of the folder, before it is read. */
export interface FolderFile {
  /** Relative to the folder, with forward slashes. */
  path: string;
  /** Names of the folders on the way, outermost first. */
  segments: readonly string[];
  name: string;
  modifiedMs: number;
  size: number;
}

/** A file, link or folder that no object was made of, and why. */
export interface LeftOut {
  path: string;
  reason: string;
}

export interface WalkedFolder {
  /** Name of the folder without its path. */
  name: string;
  root: string;
  files: FolderFile[];
  leftOut: LeftOut[];
}

/** Largest file that is read. */
export const mostFileBytes = 64 * 1024 ** 2;

/** What a folder may hold at most; beyond it the import is refused. */
const most = { files: 100_000, depth: 20, bytes: 512 * 1024 ** 2 };

/**
 * Lists a folder with all below it, in the order of the paths. Links are not followed, wherever they lead, and neither
 * pipes nor devices are opened. Throws `AppError` `import_folder_unreadable`, `import_folder_empty`, `import_too_large`.
 */
export async function walkFolder(folder: string): Promise<WalkedFolder> {
  let root: string;
  try {
    root = await realpath(folder);
    if (!(await stat(root)).isDirectory()) throw new Error('not a folder');
  } catch (error) {
    throw new AppError('import_folder_unreadable', 'The folder to import does not exist or cannot be read.', {
      nextStep: 'Name the folder into which the tool exported.',
      cause: error,
    });
  }
  const walked: WalkedFolder = { name: showable(basename(root)).slice(0, 200), root, files: [], leftOut: [] };
  await walk(walked, []);
  if (walked.files.length === 0) {
    throw new AppError('import_folder_empty', 'The folder holds no file.', {
      nextStep: 'Name the folder into which the tool exported.',
    });
  }
  // Files above the limit for one are never read.
  const read = walked.files.filter((file) => file.size <= mostFileBytes);
  if (read.reduce((sum, file) => sum + file.size, 0) > most.bytes) throw tooLarge('512 MB of files');
  walked.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return walked;
}

async function walk(walked: WalkedFolder, segments: readonly string[]): Promise<void> {
  const directory = join(walked.root, ...segments);
  let entries;
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch {
    walked.leftOut.push({ path: pathOf(segments), reason: 'the folder cannot be read' });
    return;
  }
  for (const entry of entries) {
    const path = pathOf([...segments, entry.name]);
    if (entry.isSymbolicLink()) walked.leftOut.push({ path, reason: 'a link, and links are not followed' });
    else if (entry.isDirectory()) {
      // What version control and systems keep is nobody's export.
      if (entry.name === '.git') walked.leftOut.push({ path, reason: 'the store of a version control' });
      else if (segments.length >= most.depth) walked.leftOut.push({ path, reason: 'too many folders deep' });
      else await walk(walked, [...segments, entry.name]);
    } else if (entry.isFile()) {
      const { mtimeMs, size } = await stat(join(directory, entry.name));
      walked.files.push({ path, segments, name: entry.name, modifiedMs: mtimeMs, size });
      if (walked.files.length > most.files) throw tooLarge('100,000 files');
    } else walked.leftOut.push({ path, reason: 'neither a file nor a folder' });
  }
}

/**
 * The bytes of a file, as long as it is still an ordinary one of at most `maxBytes`; otherwise the reason. Opened so
 * that a link or pipe that took the file's place meanwhile is not followed and not waited for.
 */
export async function readFolderFile(
  root: string,
  file: FolderFile,
  maxBytes: number,
): Promise<{ bytes: Uint8Array } | { reason: string }> {
  const tooBig = { reason: `larger than ${Math.round(maxBytes / 1024 ** 2)} MB` };
  if (file.size > maxBytes) return tooBig;
  try {
    const handle = await open(
      join(root, ...file.segments, file.name),
      // Windows has neither flag, and no such links by default.
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    try {
      const facts = await handle.stat();
      if (!facts.isFile()) return { reason: 'no ordinary file any more' };
      if (facts.size > maxBytes) return tooBig;
      const bytes = Buffer.alloc(facts.size);
      let end = 0;
      while (end < bytes.length) {
        const { bytesRead } = await handle.read(bytes, end, bytes.length - end, end);
        if (bytesRead === 0) break;
        end += bytesRead;
      }
      return { bytes: bytes.subarray(0, end) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code: unknown = (error as { code?: unknown }).code;
    return { reason: `cannot be read${typeof code === 'string' ? ` (${code})` : ''}` };
  }
}

function pathOf(segments: readonly string[]): string {
  return showable(segments.join('/')).slice(0, 1000);
}

/** Names of files are text of a stranger: without control characters and lone surrogates, which no table holds. */
function showable(name: string): string {
  return name.toWellFormed().replaceAll(/\p{Cc}/gu, '�');
}

function tooLarge(what: string): AppError {
  return new AppError('import_too_large', `The folder holds more than ${what}.`, {
    nextStep: 'Import one export of one tenant at a time.',
  });
}
