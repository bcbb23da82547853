import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Small exports as the three tools lay them out; made up, like all that is in them. */
export type SampleExport = 'intune-management' | 'intune-cd' | 'intune-backup-and-restore';

interface Sample {
  /** PowerShell writes UTF-16 with a mark. */
  encoding: 'utf-8' | 'utf-16le';
  /** Path → lines of a text, or a JSON document. */
  files: Record<string, unknown>;
}

/** Lays a sample out below `directory`, in a folder of its name; answers that folder. */
export async function writeExport(name: SampleExport, directory: string): Promise<string> {
  const text = await readFile(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8');
  const { encoding, files } = JSON.parse(text) as Sample;
  const folder = join(directory, name);
  for (const [path, content] of Object.entries(files)) {
    const isJson = path.endsWith('.json');
    const written = isJson ? JSON.stringify(content, null, 2) : (content as string[]).join('\n');
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(
      join(folder, path),
      isJson && encoding === 'utf-16le' ? Buffer.from(`\ufeff${written}`, 'utf16le') : written,
    );
  }
  return folder;
}
