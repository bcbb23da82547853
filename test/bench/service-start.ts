import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../main/clock.ts';
import { openArena } from '../support/arena.ts';
import { builtApp } from '../support/built-app.ts';
import { measured, median } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';

const samples = 5;

/** P12: what is installed, so the build and not the sources: from the start of the process until the service has ticked for the first time. */
export const serviceStart: MeasurementCase = {
  id: 'P12',
  what: 'service start until the first tick, on a shared and on an embedded database',
  async measure() {
    const { cli } = await builtApp();
    const arena = await openArena({});
    const sharedHome = await mkdtemp(join(tmpdir(), 'tenantkeep-start-'));
    const embeddedHome = await mkdtemp(join(tmpdir(), 'tenantkeep-start-'));
    try {
      const onShared = { TENANTKEEP_DATABASE_URL: arena.superuserUrl };
      await runOnce(cli, ['migrate', '--home', sharedHome], onShared);
      const bare: number[] = [];
      const shared: number[] = [];
      const embedded: number[] = [];
      for (let sample = 0; sample <= samples; sample += 1) {
        const sharedMs = await startService(cli, sharedHome, onShared);
        const embeddedMs = await startService(cli, embeddedHome, {});
        // The first start makes the embedded database and this computer's logins.
        if (sample === 0) continue;
        bare.push(await timed(() => runOnce('--eval', ['0'], {})));
        shared.push(sharedMs.ms);
        embedded.push(embeddedMs.ms);
      }
      // Node alone tells how much of it is the machine.
      const detail = { samples, bareNodeMs: Math.round(median(bare)), load: loadavg()[0] };
      return [
        measured('P12', 'shared database', median(shared) / 1000, 's', { atMost: 1.5 }, detail),
        measured('P12', 'embedded database', median(embedded) / 1000, 's', { atMost: 4 }, detail),
      ];
    } finally {
      await arena.close();
      await rm(sharedHome, { recursive: true, force: true });
      await rm(embeddedHome, { recursive: true, force: true });
    }
  },
};

/** The service says that it is ready when its first tick is done. Answers how long that took, and its exit code. */
async function startService(
  program: string,
  home: string,
  environment: Record<string, string>,
): Promise<{ ms: number; stopMs: number; code: number | null }> {
  const startedMs = systemClock.monotonicMs();
  const child = spawn(process.execPath, [program, 'service', 'run', '--json', '--home', home], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-2_000)));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const ready = new Promise<'ready'>((resolve) => child.stdout.once('data', () => resolve('ready')));
  if ((await Promise.race([ready, ended])) !== 'ready') throw new Error(`The service did not start: ${said}`);
  const ms = systemClock.monotonicMs() - startedMs;
  const stoppedMs = systemClock.monotonicMs();
  child.kill('SIGTERM');
  const code = await ended;
  return { ms, stopMs: systemClock.monotonicMs() - stoppedMs, code };
}

async function runOnce(
  program: string,
  words: readonly string[],
  environment: Record<string, string>,
): Promise<void> {
  const child = spawn(process.execPath, [program, ...words], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`tenantkeep ${words[0]} ended with ${code}: ${said}`);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = systemClock.monotonicMs();
  await work();
  return systemClock.monotonicMs() - startedMs;
}
