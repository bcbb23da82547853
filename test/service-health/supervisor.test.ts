import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import type { Log } from '../../main/engine/ports.ts';
import { runCommand } from '../../main/service-install/carry-out-plan.ts';
import type { Liveness } from '../../main/service-health/liveness.ts';
import { createSupervisor } from '../../main/service-health/supervisor.ts';
import { silentLog } from '../support/silent-log.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

/** Plays systemd's end of the notify socket: a Unix datagram socket, which Node cannot open itself. */
async function listenAsSystemd(context: TestContext) {
  for (const words of [
    ['systemd-notify', '--version'],
    ['perl', '-MIO::Socket::UNIX', '-e', '1'],
  ]) {
    const answer = await runCommand(words);
    if (answer.exitCode !== 0) context.skip(`not run: ${words[0]} is not on this computer`);
  }
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-notify-'));
  undo.push(() => rm(directory, { recursive: true, force: true }));
  const socket = join(directory, 'notify');
  const script = `use IO::Socket::UNIX; use Socket; $| = 1;
    my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die; print "listening\\n";
    while (defined $s->recv(my $text, 4096)) { $text =~ s/\\n+\\z//; $text =~ s/\\n/|/g; print "$text\\n"; }`;
  const child = spawn('perl', ['-e', script, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  undo.push(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  const messages: string[] = [];
  let look: (() => void) | null = null;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line !== 'BARRIER=1') messages.push(line);
    look?.();
  });
  const until = (matches: () => boolean) =>
    new Promise<void>((resolve) => {
      look = () => {
        if (matches()) resolve();
      };
      look();
    });
  await until(() => messages[0] === 'listening');
  messages.length = 0;
  return { socket, messages, until };
}

function aSupervisor(environment: Record<string, string | undefined>, log: Log = silentLog) {
  const supervisor = createSupervisor({ environment, processId: 4_711, clock: systemClock, log });
  undo.push(() => supervisor.stopping());
  return supervisor;
}

const well: Liveness = { state: 'well', sentence: 'Schedules are dispatched.' };
const stuck: Liveness = { state: 'stuck', sentence: 'No tick has ended for five minutes.' };

describe('telling systemd', () => {
  it('says ready, how it is, signs of life, and that it stops', async (context) => {
    const { socket, messages, until } = await listenAsSystemd(context);
    const environment = {
      ...process.env,
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: '600000',
      WATCHDOG_PID: '4711',
    };
    const supervisor = aSupervisor(environment);
    await supervisor.watch(() => well);
    await until(() => messages.filter((message) => message === 'WATCHDOG=1').length >= 2);
    expect(messages.slice(0, 2)).toEqual(['READY=1', 'STATUS=Schedules are dispatched.|WATCHDOG=1']);
    await supervisor.stopping();
    await until(() => messages.includes('STOPPING=1|STATUS=The service stops.'));
    // No child process may speak for the service.
    expect(environment).not.toHaveProperty('NOTIFY_SOCKET');
    expect(environment).not.toHaveProperty('WATCHDOG_USEC');
  });

  it('withholds the sign of life when no tick ends any more, so that systemd starts the service anew', async (context) => {
    const { socket, messages, until } = await listenAsSystemd(context);
    let now = well;
    const supervisor = aSupervisor({
      PATH: process.env['PATH'],
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: '300000',
    });
    await supervisor.watch(() => now);
    now = stuck;
    await until(() => messages.some((message) => message.startsWith('STATUS=No tick')));
    const from = messages.length;
    expect(messages.at(-1)).toBe('STATUS=No tick has ended for five minutes.');
    now = { ...well, sentence: 'Well again.' };
    await until(() => messages.some((message) => message.startsWith('STATUS=Well again.')));
    expect(messages.slice(from)[0]).toBe('STATUS=Well again.|WATCHDOG=1');
  });

  it('gives no signs of life that are asked of another process', async (context) => {
    const { socket, messages, until } = await listenAsSystemd(context);
    const supervisor = aSupervisor({
      PATH: process.env['PATH'],
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: '300000',
      WATCHDOG_PID: '1',
    });
    await supervisor.watch(() => well);
    await until(() => messages.length >= 2);
    expect(messages).toEqual(['READY=1', 'STATUS=Schedules are dispatched.']);
  });

  it('does nothing where no systemd listens, and goes on where it cannot be told', async () => {
    await expect(aSupervisor({}).watch(() => well)).resolves.toBeUndefined();
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields, message) => warnings.push(message) };
    const supervisor = aSupervisor({ PATH: '/nowhere', NOTIFY_SOCKET: '/nowhere/socket' }, log);
    await expect(supervisor.watch(() => well)).resolves.toBeUndefined();
    expect(warnings).toEqual(['systemd could not be told how the service is']);
  });
});
