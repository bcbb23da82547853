import { z } from 'zod';

/** What a link may name: pages of the renderer, and the ids that open something on them. */
const pages = ['overview', 'tenants', 'schedules', 'runs', 'backup-sets', 'audit', 'settings'];
const idNames = ['tenantId', 'tenant', 'schedule', 'run', 'runTenant', 'set', 'setTenant'];

/**
 * The renderer's page for a link such as `tenantkeep://runs?run=<id>&runTenant=<id>`, or null when it is none of
 * ours. Anybody can write a link, so only known pages and ids pass; a link shows something and never does anything.
 */
export function pageOfLink(link: string): string | null {
  const url = URL.canParse(link) ? new URL(link) : null;
  if (url === null || url.protocol !== 'tenantkeep:' || !pages.includes(url.hostname)) return null;
  const search = new URLSearchParams();
  for (const name of idNames) {
    const id = z.uuid().safeParse(url.searchParams.get(name));
    if (id.success) search.set(name, id.data);
  }
  const path = url.hostname === 'overview' ? '/' : `/${url.hostname}`;
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

/** The page of the first link among the words of a command line, or null. */
export function pageOfArguments(words: readonly string[]): string | null {
  for (const word of words) {
    const page = pageOfLink(word);
    if (page !== null) return page;
  }
  return null;
}
