import { QueryClient } from '@tanstack/react-query';
import type { Bridge } from '../../shared/bridge.ts';
import type { ChangeNotice } from '../../shared/contract/index.ts';
import { isRefusal } from './procedure-error.ts';

/** Server state of the page. Refusals are not asked again; a lost answer is, twice. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // IPC and loopback work without a network.
        networkMode: 'always',
        retry: (failures, error) => !isRefusal(error) && failures < 2,
        staleTime: 10_000,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}

/** Which domains of the query keys are out of date when something of a kind has changed. */
const domainsOf: Readonly<Record<ChangeNotice['kind'], readonly string[]>> = {
  tenants: ['tenants', 'overview', 'session', 'members', 'schedule-templates'],
  schedules: ['schedules', 'overview', 'tenants', 'schedule-templates'],
  runs: ['runs', 'overview', 'schedules'],
  'backup-sets': ['backup-sets', 'overview', 'tenants'],
  audit: ['audit'],
  hosts: ['hosts', 'status', 'overview'],
};

/** Merges bursts of notices to one round of asking a second; answers how to stop. */
export function refetchOnChange(client: QueryClient, bridge: Bridge): () => void {
  const stale = new Set<string>();
  let timer: number | undefined;
  const stop = bridge.onChange((notice) => {
    for (const domain of domainsOf[notice.kind]) stale.add(domain);
    timer ??= window.setTimeout(() => {
      timer = undefined;
      for (const domain of stale) void client.invalidateQueries({ queryKey: [domain] });
      stale.clear();
    }, 1000);
  });
  return () => {
    stop();
    window.clearTimeout(timer);
  };
}
