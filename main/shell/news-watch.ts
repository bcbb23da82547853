import type { HealthState } from '../../shared/contract/tenants.ts';
import type { Clock } from '../clock.ts';
import type { FleetStatus } from './fleet-status.ts';

const alarming: readonly HealthState[] = ['at_risk', 'unprotected'];
const repeatMs = 24 * 3_600_000;

export interface Notice {
  title: string;
  body: string;
  page: string;
}

/**
 * Decides what is worth a notification: a tenant that turns At risk or Unprotected, once and again after a day,
 * and its recovery. What is already so at the start is not news; the window shows it.
 */
export function createNewsWatch(clock: Clock): { newsIn(fleet: FleetStatus): Notice[] } {
  const told = new Map<string, { health: HealthState; atMs: number }>();
  let first = true;
  return {
    newsIn(fleet) {
      const news: Notice[] = [];
      for (const tenant of fleet.tenants) {
        const before = told.get(tenant.id);
        const page = `/tenants?tenant=${tenant.id}`;
        if (alarming.includes(tenant.health)) {
          const due = before?.health !== tenant.health || clock.monotonicMs() - before.atMs >= repeatMs;
          if (!due) continue;
          told.set(tenant.id, { health: tenant.health, atMs: clock.monotonicMs() });
          const word = tenant.health === 'at_risk' ? 'at risk' : 'unprotected';
          if (!first) news.push({ title: `${tenant.name} is ${word}`, body: tenant.sentence, page });
        } else if (before !== undefined) {
          told.delete(tenant.id);
          news.push({ title: `${tenant.name} is out of danger`, body: tenant.sentence, page });
        }
      }
      first = false;
      return news;
    },
  };
}
