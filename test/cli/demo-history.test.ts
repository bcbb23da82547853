import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoReport } from '../../main/cli/demo.ts';
import { createFileSecretStore } from '../../main/credentials/secret-store.ts';
import { type EmbeddedServer, joinEmbeddedServer } from '../../main/db/embedded-server.ts';
import { openDatabase, type PooledDatabase } from '../../main/db/open-database.ts';
import { runCli, type CliResult } from '../support/cli.ts';
import { checkInvariants } from '../torture/invariants.ts';

/** The fortnight of the demo, lived through by the real engine on a clock that is moved. */
const home = mkdtempSync(join(tmpdir(), 'tenantkeep-history-test-'));
const env = { TENANTKEEP_DATABASE_URL: '' };
let result: CliResult;
let server: EmbeddedServer;
let owner: PooledDatabase;
beforeAll(async () => {
  result = await runCli(['demo', '--once', '--history', '--json', '--home', home], { home, env });
  server = await joinEmbeddedServer({ home, passwords: createFileSecretStore(join(home, 'secrets')) });
  owner = await openDatabase({ url: server.ownerUrl, applicationName: 'tenantkeep/test', max: 2 });
}, 300_000);
afterAll(async () => {
  await owner?.close();
  await server?.leave();
  rmSync(home, { recursive: true, force: true });
});

describe('demo --history', () => {
  it('brings a fortnight with every way in which a run can end, and sets that verify', () => {
    expect(result.error).toBeNull();
    const report = result.json as DemoReport;
    const states = new Set(report.tenants.flatMap(({ runs }) => runs.map((run) => run.state)));
    expect([...states].sort()).toEqual([
      'cancelled',
      'failed',
      'interrupted',
      'missed',
      'partial',
      'skipped',
      'succeeded',
    ]);
    expect(report.tenants.flatMap(({ runs }) => runs).length).toBeGreaterThan(45);
    expect(report.retention.pruned).toBeGreaterThan(0);
    expect(report.verify.damaged).toBe(0);
    expect(report.audit.verified).toBe(true);
  });

  it('has changes to compare, day after day, in the tenants that change', () => {
    const report = result.json as DemoReport;
    const changing = report.tenants[0]!.runs.filter(
      (run) => run.trigger === 'scheduled' && run.added > 0 && run.changed > 0 && run.removed > 0,
    );
    expect(changing.length).toBeGreaterThan(8);
  });

  it('breaks no rule of scheduling: the engine made it', async () => {
    const arena = { superuser: owner, server: { logFile: join(home, 'database', 'postgres.log') } };
    expect(await checkInvariants(arena as never, { settled: false })).toEqual([]);
  });

  it('spans fourteen days in one order, and gives the database its own time back', async () => {
    const [clock] = await owner.query<{ definition: string; off: number; days: number; back: number }>(
      `select pg_get_functiondef('app.db_now()'::regprocedure) as definition,
              abs(extract(epoch from app.db_now() - clock_timestamp()))::float8 as off,
              (select extract(epoch from max(created_at) - min(created_at)) / 86400 from app.backup_runs)::float8 as days,
              (select count(*)::int from (select at < lag(at) over (partition by chain_id order by sequence) as back
                                            from app.audit_events) e where back) as back`,
    );
    expect(clock!.definition).toContain('select clock_timestamp()');
    expect(clock!.definition).not.toContain('interval');
    expect(clock!.off).toBeLessThan(1);
    expect(clock!.days).toBeGreaterThan(12);
    expect(clock!.back).toBe(0);
  });

  it('leaves a home with tenants alone', async () => {
    const again = await runCli(['demo', '--once', '--history', '--json', '--home', home], { home, env });
    expect(again.error?.code).toBe('demo_home_used');
  });
});
