import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errorText, isAppError } from '../../shared/errors.ts';
import { refusal } from '../../shared/result.ts';
import type { Session } from '../api/router.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../engine/ports.ts';

/** How long a finished file waits to be fetched. */
const keptMs = 10 * 60_000;

interface Ready {
  session: Session;
  directory: string;
  files: ReadonlyMap<string, string>;
  forget: () => void;
}

/** Writes files into a private folder and answers their paths by the name under which each is fetched. */
export type PrepareFiles = (
  directory: string,
  control: { signal: AbortSignal; tell: (progress: object) => void },
) => Promise<{ value: object; files: ReadonlyMap<string, string> }>;

/**
 * Files for browsers that take a while to make. Asking makes them in a private folder and answers lines of JSON
 * meanwhile, `{"rows":5000}`, and at the end `{"ok":true,…}` with an id, or `{"ok":false,…}`; whoever closes the
 * request cancels it. The files are then fetched by that id, which only the same session can use: a browser that
 * saves a file has the whole of it or nothing.
 */
export interface PreparedFiles {
  prepare(
    session: Session,
    request: IncomingMessage,
    response: ServerResponse,
    work: PrepareFiles,
  ): Promise<void>;
  /** Sends a file of `/<what>/<id>/<name>`; false when there is no such thing for this session. */
  send(session: Session, path: string, response: ServerResponse): Promise<boolean>;
  close(): Promise<void>;
}

export function createPreparedFiles({ clock, log }: { clock: Clock; log: Log }): PreparedFiles {
  const ready = new Map<string, Ready>();

  async function remove(id: string): Promise<void> {
    const found = ready.get(id);
    if (found === undefined) return;
    ready.delete(id);
    found.forget();
    await rm(found.directory, { recursive: true, force: true });
  }

  function keep(session: Session, directory: string, files: ReadonlyMap<string, string>): string {
    const id = randomBytes(16).toString('base64url');
    const forget = clock.after(
      keptMs,
      () => {
        remove(id).catch((error: unknown) =>
          log.warn({ error: errorText(error) }, 'An exported file could not be removed'),
        );
      },
      { unref: true },
    );
    ready.set(id, { session, directory, files, forget });
    return id;
  }

  return {
    async prepare(session, request, response, work) {
      const cancelled = new AbortController();
      response.on('close', () => cancelled.abort(new Error('The request was closed.')));
      request.socket.setNoDelay(true);
      const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-export-'));
      try {
        const made = await work(directory, {
          signal: cancelled.signal,
          tell: (progress) => {
            if (!response.headersSent) begin(response);
            response.write(`${JSON.stringify(progress)}\n`);
          },
        });
        endLines(response, { ok: true, value: { id: keep(session, directory, made.files), ...made.value } });
      } catch (error) {
        await rm(directory, { recursive: true, force: true });
        if (cancelled.signal.aborted) return;
        if (!isAppError(error)) throw error;
        endLines(response, refusal(error.code, error.message, error.nextStep));
      }
    },

    async send(session, path, response) {
      const [id = '', name = ''] = path.split('/').slice(2);
      const found = ready.get(id);
      const file = found?.session === session ? found.files.get(name) : undefined;
      if (file === undefined) return false;
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': (await stat(file)).size,
        'content-disposition': `attachment; filename="${basename(file)}"`,
        'cache-control': 'no-store',
      });
      await pipeline(createReadStream(file), response);
      return true;
    },

    async close() {
      await Promise.all([...ready.keys()].map(remove));
    },
  };
}

function begin(response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'application/x-ndjson; charset=utf-8',
    'cache-control': 'no-store',
  });
}

/** The last line of an answer. */
export function endLines(response: ServerResponse, answer: object): void {
  if (!response.headersSent) begin(response);
  response.end(`${JSON.stringify(answer)}\n`);
}
