import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { trailFilterOf } from '../../main/api/audit-filter.ts';
import { exportAuditEvents } from '../../main/api/export-audit-events.ts';
import type { Session } from '../../main/api/router.ts';
import { csvDelimiters, csvHeader, csvRow } from '../../main/audit/csv.ts';
import { exportAudit } from '../../main/audit/export-audit.ts';
import { readAuditEvents } from '../../main/db/repositories/audit-trail.ts';
import { verifyAuditExport } from '../../main/audit/verify-export.ts';
import { auditFilterSchema } from '../../shared/contract/audit.ts';
import { parseAuditQuery } from '../../shared/model/audit-query.ts';
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

  it('is byte for byte the records of its events, whatever they hold and whatever was asked', async () => {
    const hostile = [
      '=1',
      ' =1',
      '\n@x',
      '\u200b-1',
      '＝1',
      '+',
      '-',
      "'",
      '"',
      '""',
      '"=1"',
      '","',
      '";"',
      '\t',
      '\r\n',
      '',
      'Köln',
      '😀',
      '\u202e=1',
      'a"b,c;d\te\r\nf',
      '\\.',
      '{',
      '[',
      ' a',
      'x'.repeat(560_000),
      '"'.repeat(9),
    ];
    for (const [position, text] of hostile.entries()) {
      await database.superuser.query(
        `select app.audit_append($1::uuid, 'run.failed', 'run', $2, 'failure', $3, to_jsonb($3::text), to_jsonb($4::int))`,
        [position % 9 === 8 ? null : tenantId, `${position % 3}${text.slice(0, 50)}`, text, -position],
      );
    }
    await database.superuser.query(`update app.tenants set name = $2 where id = $1`, [tenantId, '-Ad"at,um']);
    const filters = [
      {},
      { tenantId },
      { action: 'run.failed', outcome: 'failure' },
      { terms: parseAuditQuery('tenant:workspace -outcome:denied') },
      {
        terms: parseAuditQuery(
          `tenant:${tenantId} target:run action:run. after:-1 -"nowhere'to be $1 found"`,
        ),
      },
      { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' },
    ].map((wish) => auditFilterSchema.parse(wish));
    let records = 0;
    for (const [position, filter] of filters.entries()) {
      const delimiter = (['comma', 'semicolon', 'tab'] as const)[position % 3]!;
      const asked = trailFilterOf(filter);
      const manifest = await exportAudit(session.database, file(), {
        filter: asked,
        format: 'csv',
        delimiter,
        appVersion: '0.0.0',
      });
      const expected = [csvHeader(delimiter)];
      for await (const page of readAuditEvents(session.database, asked)) {
        expected.push(...page.map((event) => csvRow(event, delimiter)));
      }
      records += expected.length - 1;
      const written = readFileSync(file());
      expect(written.toString('utf8') === expected.join('')).toBe(true);
      expect(manifest).toMatchObject({
        rows: expected.length - 1,
        bytes: written.length,
        sha256: createHash('sha256').update(written).digest('hex'),
      });
      expect(await verifyAuditExport(file())).toMatchObject({ findings: [] });
      clean();
      mkdirSync(directory);
    }
    expect(records).toBeGreaterThan(4_000);
    clean();
  });

  it('that is cancelled lets go of its connection, and the next one finds another', async () => {
    const stopping = new AbortController();
    const reason = new Error('cancelled');
    const rows: number[] = [];
    const cancelled = exportAuditEvents(session, auditFilterSchema.parse({ tenantId }), file(), '0.0.0', {
      signal: stopping.signal,
      onProgress(written) {
        rows.push(written);
        // From outside, while the database is sending.
        setImmediate(() => stopping.abort(reason));
      },
    });
    await expect(cancelled).rejects.toBe(reason);
    expect(readdirSync(directory)).toEqual([]);
    expect(rows).toHaveLength(1);
    const filter = auditFilterSchema.parse({ tenantId });
    const whole = await exportAuditEvents(session, filter, file(), '0.0.0');
    expect(whole.rows).toBeGreaterThan(2_000);
    clean();
  });

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
