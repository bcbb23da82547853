import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

export interface StaticFile {
  content: Buffer;
  contentType: string;
  cacheControl: string;
}

/**
 * A file of the built renderer, or null when there is none under that address. Links out of the folder and
 * encoded `..` are followed to their real place first and answered like a missing file.
 */
export async function readStaticFile(directory: string, urlPath: string): Promise<StaticFile | null> {
  const contentType = contentTypes[extname(urlPath === '/' ? '/index.html' : urlPath)];
  if (contentType === undefined) return null;
  try {
    const root = await realpath(directory);
    const path = await realpath(join(root, urlPath === '/' ? 'index.html' : decodeURIComponent(urlPath)));
    if (!path.startsWith(root + sep)) return null;
    return {
      content: await readFile(path),
      contentType,
      // Everything but the entry page carries a hash of its content in its name.
      cacheControl: urlPath.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
    };
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return (
    error instanceof URIError || code === 'ENOENT' || code === 'ENOTDIR' || code === 'ERR_INVALID_ARG_VALUE'
  );
}
