import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../../main/cli.ts', import.meta.url));
const started: { child: ChildProcess; home: string }[] = [];

interface Service {
  child: ChildProcess;
  stdout: Interface;
  stderr: Interface;
  ended: Promise<number | null>;
}

function startService(environment: Record<string, string>): Service {
  const home = mkdtempSync(join(tmpdir(), 'tenantkeep-service-'));
  const child = spawn(process.execPath, [entry, 'service', 'run', '--json', '--home', home], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  started.push({ child, home });
  return {
    child,
    stdout: createInterface({ input: child.stdout }),
    stderr: createInterface({ input: child.stderr }),
    ended: new Promise((resolve) => child.once('close', resolve)),
  };
}

async function nextLine(lines: Interface, matching: (line: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      if (matching(line)) resolve(line);
    });
    lines.once('close', () => reject(new Error('The process ended before it said so.')));
  });
}

afterEach(async () => {
  for (const { child, home } of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  }
});

describe('service run', () => {
  it('says that it waits for the database, and stops when told to', async () => {
    const service = startService({ TENANTKEEP_DATABASE_URL: 'postgres://a:CANARYpw@127.0.0.1:1/tenantkeep' });
    const line = await nextLine(service.stderr, (text) => text.includes('waits for the database'));
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', code: 'database_unreachable' });
    expect(line).not.toContain('CANARYpw');
    service.child.kill('SIGTERM');
    await expect(service.ended).resolves.toBe(0);
  });

  it('runs on the embedded database, and stops in good order on SIGTERM', async () => {
    const service = startService({ TENANTKEEP_DATABASE_URL: '' });
    const ready = JSON.parse(await nextLine(service.stdout, (text) => text.startsWith('{'))) as object;
    expect(ready).toMatchObject({ ready: true, location: expect.stringContaining('127.0.0.1:') });
    service.child.kill('SIGTERM');
    await expect(service.ended).resolves.toBe(0);
  }, 60_000);

  it('stops in good order when whoever started it, and read its output, has gone', async () => {
    const service = startService({ TENANTKEEP_DATABASE_URL: '', TENANTKEEP_STOP_WITH_PARENT: '1' });
    await nextLine(service.stdout, (text) => text.startsWith('{'));
    service.child.stdout!.destroy();
    service.child.stderr!.destroy();
    service.child.stdin!.end();
    await expect(service.ended).resolves.toBe(0);
  }, 60_000);
});
