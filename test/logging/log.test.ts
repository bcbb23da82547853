import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  existsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../shared/errors.ts';
import { createLog } from '../../main/logging/log.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tenantkeep-log-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function collect(): { lines: string[]; write(line: string): void } {
  const lines: string[] = [];
  return { lines, write: (line) => void lines.push(line) };
}

describe('log', () => {
  it('writes one line per event whatever the input', async () => {
    const stderr = collect();
    const log = await createLog({ level: 'info', stderr });
    log.info({ name: 'a\r\nb\u2028{"level":"forged"}\u001b[2J\u202e\u0000' }, 'told\nby a tenant');
    log.close();
    expect(stderr.lines).toHaveLength(1);
    // eslint-disable-next-line no-control-regex -- naming control characters is the purpose
    expect(stderr.lines[0]).toMatch(/^[^\r\n\u001b\u202e\u2028\u0000]+\n$/);
    expect(JSON.parse(stderr.lines[0]!)).toMatchObject({ level: 'info', message: 'told\nby a tenant' });
  });

  it('keeps canaries out by key, by shape and by kind of value', async () => {
    const stderr = collect();
    const log = await createLog({ level: 'debug', stderr });
    const canary = 'CANARYc0ffee';
    class Connection {
      url = canary;
    }
    log.info(
      {
        clientSecret: canary,
        deep: { deeper: { token: canary, password: canary, Authorization: canary } },
        connection: new Connection(),
        bytes: Buffer.from(canary),
        list: [{ secret: canary }],
        url: `postgres://a:${canary}@host/db`,
      },
      `sent Bearer ${canary}`,
    );
    const cause = new Error(`client_secret=${canary}`);
    log.error({ error: new AppError('graph_unavailable', `sig=${canary}`, { cause }) }, 'failed');
    log.child({ accessToken: canary, tenantId: 't1' }).warn({}, 'from a child');
    log.error(new Error(`password=${canary}`), 'an error as fields');
    log.close();
    const text = stderr.lines.join('');
    expect(text).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(canary).toString('base64'));
    expect(stderr.lines).toHaveLength(4);
    expect(text).toContain('"tenantId":"t1"');
    expect(text).toContain('[Connection]');
  });

  it('takes cycles, huge text, huge lists and deep nesting', async () => {
    const stderr = collect();
    const log = await createLog({ level: 'info', stderr });
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const error = new Error('x');
    error.cause = error;
    log.info(
      {
        cycle,
        error,
        text: 'x'.repeat(1_000_000),
        list: Array.from({ length: 100_000 }, (_, index) => index),
        many: 10n,
        nothing: undefined,
      },
      'large',
    );
    log.close();
    expect(stderr.lines).toHaveLength(1);
    expect(stderr.lines[0]!.length).toBeLessThan(20_000);
  });

  it('rolls the file by size and keeps as many old ones as told, readable by their owner only', async () => {
    const log = await createLog({
      level: 'info',
      file: join(directory, 'logs', 'service.log'),
      rollAfter: '2k',
      keepFiles: 2,
    });
    for (let event = 0; event < 200; event++) {
      log.info({ event, filler: 'x'.repeat(100) }, 'event');
      if (event % 5 === 0) await new Promise(setImmediate);
    }
    await expect
      .poll(() => readdirSync(join(directory, 'logs')).length, { timeout: 5_000 })
      .toBeLessThanOrEqual(3);
    log.close();
    const files = readdirSync(join(directory, 'logs'));
    const events = files.flatMap((file) =>
      readFileSync(join(directory, 'logs', file), 'utf8')
        .trimEnd()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { event: number }).event),
    );
    expect(events).toContain(199);
    expect(statSync(join(directory, 'logs', files[0]!)).mode & 0o077).toBe(0);
  });

  it.skipIf(!existsSync('/dev/full'))('goes on when the disk is full', async () => {
    // pino-roll appends the number, so the link carries the name that it will open.
    symlinkSync('/dev/full', join(directory, 'full.1.log'));
    const stderr = collect();
    const log = await createLog({ level: 'info', file: join(directory, 'full.log'), stderr });
    for (let event = 0; event < 50; event++) log.info({ event }, 'event');
    log.close();
    expect(stderr.lines).toHaveLength(50);
  });

  it('goes on when the file cannot be opened', async () => {
    const stderr = collect();
    writeFileSync(join(directory, 'file'), '');
    const log = await createLog({ level: 'info', file: join(directory, 'file', 'service.log'), stderr });
    log.info({}, 'event');
    log.close();
    expect(stderr.lines).toHaveLength(1);
  });
});
