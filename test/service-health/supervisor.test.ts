import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import type { Log } from '../../main/engine/ports.ts';
import type { Liveness } from '../../main/service-health/liveness.ts';
import { createSupervisor } from '../../main/service-health/supervisor.ts';
import { listenAsSystemd } from '../support/notify-socket.ts';
import { silentLog } from '../support/silent-log.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function listen(context: TestContext) {
  const systemd = await listenAsSystemd();
  if (typeof systemd === 'string') return context.skip(systemd);
  undo.push(systemd.close);
  return systemd;
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
    const { socket, messages, until } = await listen(context);
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
    const { socket, messages, until } = await listen(context);
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
    const { socket, messages, until } = await listen(context);
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
