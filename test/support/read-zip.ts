import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type Entry, open, type ZipFile } from 'yauzl';

/** The files of a ZIP by name, whole; fails where its checksums do not hold. */
export async function readZip(path: string): Promise<Map<string, Buffer>> {
  const zip = (await promisify(open as (path: string, options: object, done: Callback) => void)(path, {
    lazyEntries: true,
  })) as ZipFile;
  const openEntry = promisify(zip.openReadStream.bind(zip) as (entry: Entry, done: StreamCallback) => void);
  const files = new Map<string, Buffer>();
  await new Promise<void>((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', () => resolve());
    zip.on('entry', (entry: Entry) => {
      openEntry(entry)
        .then(async (stream) => {
          files.set(entry.fileName, await buffer(stream));
          zip.readEntry();
        })
        .catch(reject);
    });
    zip.readEntry();
  });
  return files;
}

type Callback = (error: Error | null, zip: ZipFile) => void;
type StreamCallback = (error: Error | null, stream: NodeJS.ReadableStream) => void;
