import { powerMonitor } from 'electron';
import { errorText } from '../../shared/errors.ts';
import type { ProcessLog } from '../logging/log.ts';
import type { OwnHost } from './own-host.ts';

/** Tells the engine of sleep and waking, and lets a computer that shuts down wait for runs to be given back. */
export function followPower(parts: { host: OwnHost; quitUnasked: () => void; log: ProcessLog }): void {
  const { host, log } = parts;
  const follow = (event: string, work: () => Promise<void>): void => {
    log.info({ event }, 'The computer changes its power state');
    work().catch((error: unknown) => {
      log.error({ event, error: errorText(error) }, 'The engine could not follow the power state');
    });
  };
  powerMonitor.on('suspend', () => follow('suspend', () => host.onSuspend()));
  powerMonitor.on('resume', () => follow('resume', () => host.onResume()));
  powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    // Typed without an event, documented with one: preventing asks the system for the time to stop in good order.
    event?.preventDefault();
    parts.quitUnasked();
  });
}
