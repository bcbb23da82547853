import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import { exportBackupSet } from '../../main/engine/backup/export.ts';
import type { TypeReading } from '../../main/engine/ports.ts';
import { createTenantReader } from '../../main/graph/tenant-reader.ts';
import { createBackupFixture, type BackupFixture } from '../backup/backup-fixture.ts';
import {
  catalogOf,
  openTestSession,
  policyType,
  readTypes,
  type TestSession,
} from '../graph/support/reading.ts';

const megabytes = 1_000_000;

describe('hostile answers, through the line, the client and the database', () => {
  let graph: ChildProcess;
  let url: string;
  let peakMb = 0;
  let session: TestSession;
  let fixture: BackupFixture;
  let directory: string;
  const readings = new Map<string, TypeReading>();
  const files = new Map<string, { text: string; hash: string }>();

  beforeAll(async () => {
    graph = fork(fileURLToPath(new URL('./hostile-graph.ts', import.meta.url)));
    const [ready] = (await once(graph, 'message')) as [{ url: string; keys: string[] }];
    url = ready.url;
    const types = ready.keys.map((key) => policyType(key));
    fixture = await createBackupFixture(types);
    session = openTestSession(
      url,
      { headersTimeoutMs: 30_000, bodyTimeoutMs: 30_000, maxAttempts: 2 },
      systemClock,
    );
    const reader = createTenantReader({
      client: session.client,
      catalog: catalogOf(types),
      clock: systemClock,
      limits: session.session.limits,
      cloud: 'global',
      tenantParameters: {},
    });
    const run = await fixture.run(
      new Map(),
      { policyTypes: 'all' },
      {
        // One after the other: on a busy machine 50 MB keep the loop longer than an open transaction may idle.
        groupConcurrency: 1,
        reader: {
          ...reader,
          read: async (...asked) => {
            const answered = await reader.read(...asked);
            for (const reading of answered) readings.set(reading.typeKey, reading);
            return answered;
          },
        },
      },
    );
    peakMb = process.resourceUsage().maxRSS / 1024;
    if (run.completion.state !== 'partial') throw new Error(`The run ended ${run.completion.state}.`);
    directory = await mkdtemp(join(tmpdir(), 'tenantkeep-hostile-'));
    const target = join(directory, 'export');
    await exportBackupSet(fixture.db, { tenantId: fixture.tenantId, setId: run.backupSetId! }, target);
    const { items } = JSON.parse(await readFile(join(target, 'manifest.json'), 'utf8')) as {
      items: { type: string; file: string; hash: string }[];
    };
    for (const { type, file, hash } of items) {
      files.set(type, { text: await readFile(join(target, file), 'utf8'), hash });
    }
  }, 180_000);

  afterAll(async () => {
    await session.transport.close();
    graph.disconnect();
    await fixture.close();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  it.each([
    ['large', (body: string) => body.includes(`"body":"${'x'.repeat(50 * megabytes)}"`)],
    ['wide', (body: string) => (body.match(/\{"n":\d+\}/g) ?? []).length === 100_000],
    ['prototype', (body: string) => body.includes('"__proto__":{"polluted":true}')],
    ['nul', (body: string) => body.includes('"before\\u0000after"')],
    ['half', (body: string) => body.includes('"\\ud800 \\udc00x"')],
    ['plain', (body: string) => body.includes('"the neighbour"')],
  ])('stores %s as it came', (key, isWhole) => {
    expect(readings.get(key)).toMatchObject({ outcome: 'complete', captured: 1 });
    const file = files.get(key)!;
    expect(isWhole(file.text)).toBe(true);
    expect(createHash('sha256').update(file.text).digest('hex')).toBe(file.hash);
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  it.each([
    ['tooLarge', 'response_too_large'],
    ['deep', 'response_invalid'],
    ['twice', 'response_invalid'],
  ])('refuses %s with a reason and keeps nothing of it', (key, reason) => {
    expect(readings.get(key)).toMatchObject({ outcome: 'incomplete', reason, captured: 0 });
    expect(files.has(key)).toBe(false);
  });

  it('reads a list of 100,000 items to its end', { timeout: 60_000 }, async () => {
    const { readings: read, items } = await readTypes(session, [policyType('many')]);
    expect(read).toMatchObject([{ outcome: 'complete', expected: 100_000, captured: 100_000 }]);
    expect(new Set(items.map((item) => item.graphId)).size).toBe(100_000);
  });

  it('stays below 1.5 GB', () => {
    expect(peakMb).toBeLessThan(1500);
  });
});
