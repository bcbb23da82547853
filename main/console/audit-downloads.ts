import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { type AuditFilter, auditFilterSchema } from '../../shared/contract/audit.ts';
import { errorText, isAppError } from '../../shared/errors.ts';
import type { ErrorAnswer } from '../../shared/result.ts';
import type { AuditExportWishes } from '../api/export-audit-events.ts';
import type { Session } from '../api/router.ts';
import type { AuditExportManifest } from '../audit/export-audit.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../engine/ports.ts';

/** Writes the events of a filter to `path`, with a manifest beside it; checks the permission and audits itself. */
export type ExportAudit = (
  session: Session,
  filter: AuditFilter,
  path: string,
  wishes: AuditExportWishes,
) => Promise<AuditExportManifest>;

const wishSchema = z.strictObject({
  filter: auditFilterSchema,
  format: z.enum(['csv', 'jsonl']),
  delimiter: z.enum(['comma', 'semicolon', 'tab']).default('comma'),
});

/** How long a finished export waits to be fetched. */
const keptMs = 10 * 60_000;
const progressEveryRows = 5_000;

interface Ready {
  session: Session;
  directory: string;
  path: string;
  forget: () => void;
}

/**
 * Exports of audit events for browsers. Asking writes the file into a private folder and answers lines of JSON
 * while it grows, `{"rows":5000}`, and at the end `{"ok":true,…}` or `{"ok":false,…}`; whoever closes the request
 * cancels it. File and manifest are then fetched by an address that only the same session can use.
 */
export interface AuditDownloads {
  /** Answers the request that starts an export. */
  start(session: Session, body: unknown, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Sends `/audit-export/<id>/<file>`; false when there is no such thing for this session. */
  send(session: Session, path: string, response: ServerResponse): Promise<boolean>;
  close(): Promise<void>;
}

export function createAuditDownloads(parts: {
  exportAudit: ExportAudit;
  clock: Clock;
  log: Log;
}): AuditDownloads {
  const { exportAudit, clock, log } = parts;
  const ready = new Map<string, Ready>();

  async function remove(id: string): Promise<void> {
    const found = ready.get(id);
    if (found === undefined) return;
    ready.delete(id);
    found.forget();
    await rm(found.directory, { recursive: true, force: true });
  }

  function keep(session: Session, directory: string, path: string): string {
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
    ready.set(id, { session, directory, path, forget });
    return id;
  }

  return {
    async start(session, body, request, response) {
      const wish = wishSchema.safeParse(body);
      if (!wish.success) {
        const message = wish.error.issues[0]?.message ?? 'The input is not valid.';
        return end(response, { ok: false, error: answerOf('input_invalid', message, null) });
      }
      const { filter, format, delimiter } = wish.data;
      const cancelled = new AbortController();
      response.on('close', () => cancelled.abort(new Error('The request was closed.')));
      request.socket.setNoDelay(true);
      const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-audit-'));
      const path = join(directory, `audit-${dayOf(clock)}.${format}`);
      let told = 0;
      try {
        const manifest = await exportAudit(session, filter, path, {
          format,
          delimiter,
          signal: cancelled.signal,
          onProgress(rows) {
            if (rows - told < progressEveryRows) return;
            told = rows;
            if (!response.headersSent) begin(response);
            response.write(`${JSON.stringify({ rows })}\n`);
          },
        });
        const id = keep(session, directory, path);
        end(response, { ok: true, value: { id, file: manifest.file, rows: manifest.rows } });
      } catch (error) {
        await rm(directory, { recursive: true, force: true });
        if (cancelled.signal.aborted) return;
        if (!isAppError(error)) throw error;
        end(response, { ok: false, error: answerOf(error.code, error.message, error.nextStep) });
      }
    },

    async send(session, path, response) {
      const [id = '', name = ''] = path.split('/').slice(2);
      const found = ready.get(id);
      if (found === undefined || found.session !== session) return false;
      const file = name === 'manifest' ? `${found.path}.manifest.json` : found.path;
      if (name !== 'manifest' && name !== 'file') return false;
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': (await stat(file)).size,
        'content-disposition': `attachment; filename="${file.slice(found.directory.length + 1)}"`,
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

function end(response: ServerResponse, answer: object): void {
  if (!response.headersSent) begin(response);
  response.end(`${JSON.stringify(answer)}\n`);
}

function answerOf(code: string, message: string, nextStep: string | null): ErrorAnswer {
  return { code, message, nextStep, details: {}, fields: [] };
}

function dayOf(clock: Clock): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'UTC' }).format(clock.wallMs());
}
