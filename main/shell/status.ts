import { errorText } from '../../shared/errors.ts';
import type { Desktop } from './desktop.ts';
import { type FleetStatus, readFleetStatus } from './fleet-status.ts';
import { createNewsWatch } from './news-watch.ts';
import { notify } from './notifications.ts';
import { createStatusTray, type StatusTray } from './tray.ts';

const refreshMs = 60_000;

export interface StatusDisplay {
  /** Reads the fleet again and shows it; several requests at once end in one more reading. */
  refresh(): void;
  close(): void;
}

/** Keeps the tray true and tells news: after each change, and every minute because slots come nearer. */
export function showStatus(desktop: Desktop, show: (page?: string) => void, quit: () => void): StatusDisplay {
  const { router, session, host, workspace } = desktop;
  const { clock, log } = workspace;
  const news = createNewsWatch(clock);
  let cancel: (() => void) | null = null;
  let reading = false;
  let again = false;
  let closed = false;

  const tray: StatusTray = createStatusTray({
    open: () => show(),
    quit,
    runNow: (schedule) => void runNow(schedule),
    pauseHost: () => void host.pause(),
    resumeHost: () => void host.start(),
  });

  async function runNow(schedule: FleetStatus['schedules'][number]): Promise<void> {
    const input = { tenantId: schedule.tenantId, scheduleId: schedule.id };
    const result = await router.dispatch(session, { name: 'runs.start', input });
    if (result.ok) return;
    const notice = { title: `${schedule.tenantName} was not started`, body: result.error.message };
    notify({ ...notice, page: '/schedules' }, show);
  }

  async function read(): Promise<void> {
    try {
      const fleet = await readFleetStatus(router, session);
      if (closed) return;
      tray.show(fleet, host.state());
      for (const notice of news.newsIn(fleet)) notify(notice, show);
    } catch (error) {
      if (closed) return;
      log.warn({ error: errorText(error) }, 'The state of the fleet could not be read');
      tray.show(null, host.state());
    }
  }

  function refresh(): void {
    if (closed) return;
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    cancel?.();
    void read().finally(() => {
      reading = false;
      cancel = clock.after(refreshMs, refresh, { unref: true });
      if (again) {
        again = false;
        refresh();
      }
    });
  }

  refresh();
  return {
    refresh,
    close() {
      closed = true;
      cancel?.();
    },
  };
}
