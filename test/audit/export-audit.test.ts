import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exportAuditEvents } from '../../main/api/export-audit-events.ts';
import type { Session } from '../../main/api/router.ts';
import { csvDelimiters } from '../../main/audit/csv.ts';
import { verifyAuditExport } from '../../main/audit/verify-export.ts';
import { auditFilterSchema } from '../../shared/contract/audit.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let tenantId = '';
let session: Session;
let directory = '';
const file = (): string => join(directory, 'audit.csv');

beforeAll(async () => {
  database = await createTestDatabase();
  tenantId = await database.addTenant('Adatum');
  const { login, db } = await database.asTechnician('auditor', 'auditor', tenantId);
  session = { login, database: db };
  for (let round = 0; round < 3; round += 1) {
    // More than one page of an export.
    await database.superuser.query(
      `select app.audit_append_many(array_agg($1::uuid), array_agg('run.succeeded'::text), array_agg('run'::text),
                                    array_agg((n % 7)::text), null, array_agg(chr(0xff1d) || 'cmd' || chr(10) || n))
         from generate_series(1, 700) n`,
      [tenantId],
    );
  }
}, 60_000);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tenantkeep-audit-export-'));
});
afterAll(async () => {
  await database?.close();
});
const clean = (): void => rmSync(directory, { recursive: true, force: true });

describe('an export of audit events', { timeout: 60_000 }, () => {
  it.each(Object.entries(csvDelimiters))(
    'divides by %s, holds exactly the filter shown, and proves itself',
    async (delimiter, sign) => {
      const filter = auditFilterSchema.parse({ tenantId, action: 'run.', targetId: '3' });
      const manifest = await exportAuditEvents(session, filter, file(), '0.0.0', {
        delimiter: delimiter as keyof typeof csvDelimiters,
      });
      const rows = parse(readFileSync(file()), { bom: true, delimiter: sign, columns: true }) as Record<
        string,
        string
      >[];
      expect(rows).toHaveLength(300);
      expect(new Set(rows.map((row) => row['target_id']))).toEqual(new Set(['3']));
      // A formula is text, and the time has its offset.
      expect(rows[0]).toMatchObject({
        reason: expect.stringMatching(/^'＝cmd\n/),
        time: expect.stringMatching(/Z$/),
      });
      expect(manifest).toMatchObject({
        delimiter,
        rows: 300,
        filter: { tenantId, action: 'run.', query: 'target:3' },
        chains: [{ tenantId, firstSequence: rows[0]!['sequence'], headHash: expect.any(String) }],
      });
      expect(await verifyAuditExport(file())).toMatchObject({ findings: [], rows: 300 });
      expect(
        await database.superuser.query(
          `select after ->> 'sha256' as sha from app.audit_events where action = 'audit.exported' order by sequence desc limit 1`,
        ),
      ).toEqual([{ sha: manifest.sha256 }]);
      clean();
    },
  );

  it('that is cancelled, or has no place to go, leaves nothing behind', async () => {
    const filter = auditFilterSchema.parse({ tenantId });
    const stopping = new AbortController();
    await expect(
      exportAuditEvents(session, filter, file(), '0.0.0', {
        signal: stopping.signal,
        onProgress: () => stopping.abort(new Error('cancelled')),
      }),
    ).rejects.toThrow('cancelled');
    expect(readdirSync(directory)).toEqual([]);
    await expect(
      exportAuditEvents(session, filter, join(directory, 'none', 'audit.csv'), '0.0.0'),
    ).rejects.toMatchObject({ code: 'export_not_writable' });
    expect(readdirSync(directory)).toEqual([]);
    clean();
  });
});
