import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a person, or the system for them, names a connection file: by a path or by a file: address. */
function pathOfWord(word: string): string | null {
  if (word.startsWith('-') || !/\.connection$/i.test(word)) return null;
  if (!/^file:/i.test(word)) return word;
  try {
    return fileURLToPath(word);
  } catch (error) {
    // An address of another computer, or one that is written wrongly, names no file here.
    if (error instanceof TypeError || error instanceof URIError) return null;
    throw error;
  }
}

/** The first connection file among the words of a command line, as an absolute path, or null. */
export function connectionFileOfArguments(words: readonly string[], directory: string): string | null {
  for (const word of words) {
    const path = pathOfWord(word);
    if (path !== null) return resolve(directory, path);
  }
  return null;
}

/** The words without those that name a connection file, which is opened once. */
export function withoutConnectionFiles(words: readonly string[]): string[] {
  return words.filter((word) => pathOfWord(word) === null);
}
