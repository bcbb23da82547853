import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSavedHeads, saveHeads } from '../../main/audit/saved-heads.ts';
import type { Log } from '../../main/engine/ports.ts';
import type { CliResult } from '../support/cli.ts';
import { runCliHere } from '../support/cli-here.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

/** Ends of the audit chains that are kept where the database's owner does not reach. */
const directory = mkdtempSync(join(tmpdir(), 'tenantkeep-anchors-'));
const home = join(directory, 'home');
const csv = join(directory, 'audit.csv');
const headsFile = join(home, 'audit-heads.json');
let database: TestDatabase;
let location = '';

const run = (...words: string[]): Promise<CliResult> =>
  runCliHere([...words, '--json'], { home, env: { TENANTKEEP_DATABASE_URL: location } });

beforeAll(async () => {
  database = await createTestDatabase();
  await runCliHere(['migrate'], { home, env: { TENANTKEEP_DATABASE_URL: database.superuserUrl } });
  const bare = new URL(database.superuserUrl);
  bare.username = '';
  bare.password = '';
  location = bare.href;
}, 60_000);
afterAll(async () => {
  await database?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Makes the chain of the workspace sound in itself after whatever was done to it. */
const rehash = () =>
  database.superuser.query(`do $$
    declare
      e app.audit_events;
      state bytea := decode(repeat('00', 32), 'hex');
    begin
      for e in select * from app.audit_events where tenant_id is null order by sequence loop
        update app.audit_events set previous_hash = state, hash = app.audit_link(null, state,
            app.audit_event_hash(e.tenant_id, e.sequence, e.at, e.actor, e.host, e.action, e.target_kind, e.target_id,
              e.outcome, e.reason, e.before, e.after, e.correlation_id))
          where chain_id = e.chain_id and sequence = e.sequence returning hash into state;
        update app.audit_heads set sequence = e.sequence, hash = state where tenant_id is null;
      end loop;
    end $$`);

describe('the ends of the audit chains', { timeout: 120_000 }, () => {
  it('are saved by a verification, and by every export in its manifest', async () => {
    expect((await run('audit', 'verify')).json).toMatchObject({
      verified: true,
      chains: [{ savedHeads: 0 }],
    });
    expect(statSync(headsFile).mode & 0o777).toBe(0o600);
    const exported = await run('audit', 'export', '--csv', csv);
    expect(exported.json.chains[0].headHash).toMatch(/^[0-9a-f]{64}$/);
    expect((await run('audit', 'verify', '--against', `${csv}.manifest.json`)).json).toMatchObject({
      verified: true,
      chains: [{ savedHeads: 2, firstBroken: null }],
    });
    expect((await run('audit', 'verify-export', csv, '--with-database')).json).toMatchObject({
      verified: true,
    });
  });

  it('show an exported file that was changed', async () => {
    const changed = join(directory, 'changed.csv');
    const text = readFileSync(csv, 'utf8');
    writeFileSync(changed, text.replace('technician.added', 'technician.adder'));
    writeFileSync(`${changed}.manifest.json`, readFileSync(`${csv}.manifest.json`));
    const result = await run('audit', 'verify-export', changed);
    expect(result.exitCode).toBe(5);
    expect(result.json.findings).toEqual(['The SHA-256 of the file is not the one in the manifest.']);
    const shorter = text.trimEnd().split('\r\n');
    writeFileSync(changed, `${[...shorter.slice(0, 2), ...shorter.slice(3)].join('\r\n')}\r\n`);
    const cut = await run('audit', 'verify-export', changed);
    expect(cut.json.findings).toEqual(
      expect.arrayContaining([expect.stringContaining('the manifest names')]),
    );
  });

  it('show a chain that the owner wrote anew, which is sound in itself', async () => {
    await database.superuser.query(
      `update app.audit_events set actor = 'somebody' where tenant_id is null and sequence = 1`,
    );
    await rehash();
    const result = await run('audit', 'verify');
    expect(result.exitCode).toBe(5);
    expect(result.json.chains[0].firstBroken.what).toContain('written anew');
    // The evidence stays: a chain that does not continue the saved end does not replace it.
    const before = readFileSync(headsFile, 'utf8');
    const told: object[] = [];
    const log: Log = { ...silentLog, error: (fields) => told.push(fields) };
    const { host: place } = new URL(location);
    const where = { file: headsFile, location: `${place}${new URL(location).pathname}` };
    expect(await readSavedHeads(where.file, where.location)).toHaveLength(1);
    expect(await saveHeads({ sql: database.superuser, ...where, seesAll: true, log })).toEqual([null]);
    expect(told).toEqual([expect.objectContaining({ code: 'audit_chain_rewritten' })]);
    expect(readFileSync(headsFile, 'utf8')).toBe(before);
  });

  it('show an older copy that was put back', async () => {
    await database.superuser.query(
      `update app.audit_heads h set sequence = e.sequence, hash = e.hash from app.audit_events e
        where h.tenant_id is null and e.tenant_id is null and e.sequence = 1`,
    );
    await database.superuser.query(`delete from app.audit_events where tenant_id is null and sequence > 1`);
    rmSync(headsFile);
    const result = await run('audit', 'verify', '--against', `${csv}.manifest.json`);
    expect([result.exitCode, result.error]).toEqual([5, null]);
    expect(result.json.chains[0].firstBroken.what).toContain('older copy of the database was put back');
  });
});
