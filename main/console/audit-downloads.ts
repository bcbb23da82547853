import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { type AuditFilter, auditFilterSchema } from '../../shared/contract/audit.ts';
import { refusal } from '../../shared/result.ts';
import type { AuditExportWishes } from '../api/export-audit-events.ts';
import type { Session } from '../api/router.ts';
import type { AuditExportManifest } from '../audit/export-audit.ts';
import type { Clock } from '../clock.ts';
import { endLines, type PreparedFiles } from './prepared-files.ts';

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

const progressEveryRows = 5_000;

/** Exports of audit events for browsers: `{"rows":5000}` while the file grows, then file and manifest by their id. */
export interface AuditDownloads {
  /** Answers the request that starts an export. */
  start(session: Session, body: unknown, request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export function createAuditDownloads(parts: {
  exportAudit: ExportAudit;
  clock: Clock;
  files: PreparedFiles;
}): AuditDownloads {
  const { exportAudit, clock, files } = parts;
  return {
    async start(session, body, request, response) {
      const wish = wishSchema.safeParse(body);
      if (!wish.success) {
        const message = wish.error.issues[0]?.message ?? 'The input is not valid.';
        return endLines(response, refusal('input_invalid', message));
      }
      const { filter, format, delimiter } = wish.data;
      await files.prepare(session, request, response, async (directory, { signal, tell }) => {
        const path = join(directory, `audit-${dayOf(clock)}.${format}`);
        let told = 0;
        const manifest = await exportAudit(session, filter, path, {
          format,
          delimiter,
          signal,
          onProgress(rows) {
            if (rows - told < progressEveryRows) return;
            told = rows;
            tell({ rows });
          },
        });
        return {
          value: { file: manifest.file, rows: manifest.rows },
          files: new Map([
            ['file', path],
            ['manifest', `${path}.manifest.json`],
          ]),
        };
      });
    },
  };
}

function dayOf(clock: Clock): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'UTC' }).format(clock.wallMs());
}
