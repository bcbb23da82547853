import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** A fenced block of a document, without its fences. */
export interface Block {
  language: string;
  /** Line of the document, from 1, on which its first line stands. */
  line: number;
  lines: string[];
}

export function readDocument(name: string): string {
  return readFileSync(join(root, name), 'utf8');
}

/** The fenced blocks of a document, in order. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  text.split('\n').forEach((line, index) => {
    const fence = /^```(\w*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === null) open = { language: fence[1]!, line: index + 2, lines: [] };
    else {
      blocks.push(open);
      open = null;
    }
  });
  if (open !== null) throw new Error('A fenced block has no end.');
  return blocks;
}

/** What stands between single backquotes outside of fenced blocks. */
export function inlineCodeOf(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => code!.replaceAll(/\s+/g, ' '));
}

/** Targets of links and pictures that lead to files, without the part after `#`. */
export function linkedFilesOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

/** A command line as a shell reads it: leading assignments, then words; double quotes hold words together. */
export interface CommandLine {
  environment: Record<string, string>;
  words: string[];
}

export function parseCommandLine(line: string): CommandLine {
  if (/['`$|;&<>\\]/.test(line)) throw new Error(`More of a shell than the documents may need: ${line}`);
  const words = [...line.matchAll(/(?:[^\s"]+|"[^"]*")+/g)].map(([word]) => word!.replaceAll('"', ''));
  const environment: Record<string, string> = {};
  while (/^[A-Z_]+=/.test(words[0] ?? '')) {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(words.shift()!)!;
    environment[name!] = value!;
  }
  if (words[0] === 'npx') words.shift();
  return { environment, words };
}
