import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { releaseStamp } from '../../main/updates/release-stamp.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { runCliHere } from '../support/cli-here.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { entryText, type FeedServer, startFeedServer } from '../support/feed-server.ts';

/** `updates check` as a person on a host would ask it: against a shared database, over https. */
const home = mkdtempSync(join(tmpdir(), 'tenantkeep-updates-'));
const { schemaVersion } = releaseStamp;
let database: TestDatabase;
let feed: FeedServer;
let url = '';
const authorities = getCACertificates('default');

beforeAll(async () => {
  [database, feed] = await Promise.all([createTestDatabase(), startFeedServer()]);
  setDefaultCACertificates([...authorities, feed.caPem]);
  ({ url } = await database.asTechnician('tess'));
});
beforeEach(() => {
  writeFileSync(join(home, 'config.json'), JSON.stringify({ updates: { feedUrl: feed.url } }));
});
afterAll(async () => {
  setDefaultCACertificates(authorities);
  await feed?.close();
  await database?.close();
  rmSync(home, { recursive: true, force: true });
});

const check = (...words: string[]): Promise<CliResult> =>
  runCliHere(['updates', 'check', ...words], { home, env: { TENANTKEEP_DATABASE_URL: url } });

async function withSchema<T>(difference: number, work: () => Promise<T>): Promise<T> {
  await database.superuser.query('update app.schema_meta set schema_version = schema_version + $1', [
    difference,
  ]);
  try {
    return await work();
  } finally {
    await database.superuser.query('update app.schema_meta set schema_version = schema_version - $1', [
      difference,
    ]);
  }
}

describe('tenantkeep updates check', () => {
  it('says that a newer version fits, what it is and where it was found', async () => {
    feed.putEntry(entryText());
    // In a process of its own, as it is; the others are asked in this one.
    const { exitCode, json } = await runCli(['updates', 'check', '--json'], {
      home,
      env: { TENANTKEEP_DATABASE_URL: url, NODE_EXTRA_CA_CERTS: feed.caFile },
    });
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({
      schemaVersion,
      newest: { version: '99.0.0', schemaVersion },
      database: { kind: 'shared', schemaVersion },
      decision: 'install',
      sentence: 'Version 99.0.0 fits the database.',
      nextStep: expect.stringContaining('package manager'),
      feed: feed.url,
    });
    const { stdout } = await check();
    expect(stdout).toMatch(/^Version 99\.0\.0 fits the database\.\n/);
    expect(stdout).toMatch(
      new RegExp(`^newest version: +99\\.0\\.0, for schema version ${schemaVersion}$`, 'm'),
    );
  });

  it('says that this version is the newest', async () => {
    feed.putEntry(entryText({ version: '0.0.1' }));
    expect(await check('--json')).toMatchObject({ exitCode: 0, json: { decision: 'up-to-date' } });
  });

  it('has a release wait for the migration that it needs, and says who does it', async () => {
    feed.putEntry(entryText({ vendor: { schemaVersion: schemaVersion + 1 } }));
    expect(await check('--json')).toMatchObject({
      exitCode: 6,
      json: {
        decision: 'waits-for-migration',
        nextStep: expect.stringContaining('"tenantkeep migrate" of version 99.0.0'),
      },
    });
  });

  it('answers also where the database refuses this app: older, and newer', async () => {
    feed.putEntry(entryText({ vendor: { schemaVersion: schemaVersion + 1 } }));
    expect(await withSchema(1, () => check('--json'))).toMatchObject({
      exitCode: 0,
      json: { decision: 'needed-now', database: { schemaVersion: schemaVersion + 1 } },
    });
    expect(await withSchema(2, () => check('--json'))).toMatchObject({
      exitCode: 6,
      json: {
        decision: 'too-old',
        sentence: expect.stringContaining(`the database has ${schemaVersion + 2}`),
      },
    });
    expect(await withSchema(-1, () => check('--json'))).toMatchObject({
      exitCode: 6,
      json: { decision: 'waits-for-migration', database: { schemaVersion: schemaVersion - 1 } },
    });
  });

  it('holds a staged release back at 0 and not at 100', async () => {
    feed.putEntry(entryText({ stagingPercentage: 0 }));
    expect(await check('--json')).toMatchObject({ exitCode: 0, json: { decision: 'held-back' } });
    feed.putEntry(entryText({ stagingPercentage: 100 }));
    expect(await check('--json')).toMatchObject({ exitCode: 0, json: { decision: 'install' } });
  });

  it('says in one sentence that the entry is malformed, the feed refuses, or there is none', async () => {
    feed.putEntry('<html>Sign in</html>');
    expect(await check('--json')).toMatchObject({ exitCode: 6, json: { decision: 'malformed-entry' } });
    feed.putEntry((_request, response) => response.writeHead(503).end());
    const refused = await check('--json');
    expect(refused).toMatchObject({ exitCode: 6, stdout: '', error: { code: 'feed_refused' } });
    writeFileSync(join(home, 'config.json'), '{}');
    expect(await check('--json')).toMatchObject({ exitCode: 6, error: { code: 'feed_not_configured' } });
  });

  it('refuses an address that is not https, or that carries a login', async () => {
    for (const feedUrl of ['http://updates.example.com', 'https://me:secret@updates.example.com']) {
      writeFileSync(join(home, 'config.json'), JSON.stringify({ updates: { feedUrl } }));
      const refused = await check('--json');
      expect(refused).toMatchObject({ exitCode: 2, error: { code: 'config_invalid' } });
      expect(refused.stderr).not.toContain('secret');
    }
  });

  it('asks nobody where the database cannot be asked', async () => {
    feed.putEntry(entryText());
    feed.asked.length = 0;
    const unreachable = await runCliHere(['updates', 'check', '--json'], {
      home,
      env: { TENANTKEEP_DATABASE_URL: 'postgres://me:pw@127.0.0.1:1/tenantkeep' },
    });
    expect(unreachable).toMatchObject({ exitCode: 6, error: { code: 'database_unreachable' } });
    expect(feed.asked).toEqual([]);
  });
});
