import type { HealthState, TenantRow } from '../../../shared/contract/tenants.ts';

/** What of the address the Tenants page reads. */
export interface TenantsSearch {
  tenantId?: string;
  /** The open drawer, its tab, and the drawer that connects a new one. */
  tenant?: string;
  tenantTab?: TenantTab;
  connect?: 'new';
  q?: string;
  health?: HealthState;
  /** Several states, as a figure of the overview stands for them. */
  healths?: HealthState[];
  tag?: string;
  tenantSort?: TenantSort;
}

export const tenantTabs = ['summary', 'schedules', 'runs', 'access', 'members', 'audit'] as const;
export type TenantTab = (typeof tenantTabs)[number];

export const tenantSorts = ['name', 'health', 'lastGood', 'credential'] as const;
export type TenantSort = (typeof tenantSorts)[number];

const worstFirst: readonly HealthState[] = [
  'unprotected',
  'never_backed_up',
  'disconnected',
  'at_risk',
  'no_schedule',
  'paused',
  'protected',
];

/** The rows that pass the filters of the address, in its order. A whole fleet fits into one answer. */
export function shownTenants(rows: readonly TenantRow[], search: TenantsSearch): TenantRow[] {
  const needle = search.q?.trim().toLowerCase() ?? '';
  return rows
    .filter(
      (row) =>
        (search.tenantId === undefined || row.id === search.tenantId) &&
        (search.health === undefined || row.health.state === search.health) &&
        (search.healths === undefined || search.healths.includes(row.health.state)) &&
        (search.tag === undefined || row.tags.includes(search.tag)) &&
        `${row.name} ${row.entraTenantId} ${row.tags.join(' ')}`.toLowerCase().includes(needle),
    )
    .sort((a, b) => compare(a, b, search.tenantSort ?? 'name'));
}

function compare(a: TenantRow, b: TenantRow, sort: TenantSort): number {
  const byName = a.name.localeCompare(b.name);
  switch (sort) {
    case 'health':
      return worstFirst.indexOf(a.health.state) - worstFirst.indexOf(b.health.state) || byName;
    case 'lastGood':
      // Never is the oldest of all.
      return (a.health.lastGoodSetAt ?? '').localeCompare(b.health.lastGoodSetAt ?? '') || byName;
    case 'credential':
      return credentialRank(a).localeCompare(credentialRank(b)) || byName;
    default:
      return byName;
  }
}

/** None first, then by end, then those without an end. */
function credentialRank({ credential }: TenantRow): string {
  if (credential === null) return '';
  return credential.expiresAt ?? '~';
}

/** All tags of the fleet, for the filter. */
export function allTags(rows: readonly TenantRow[]): string[] {
  return [...new Set(rows.flatMap((row) => row.tags))].sort((a, b) => a.localeCompare(b));
}

function csvCell(value: string | number | null): string {
  const text = String(value ?? '');
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

/** The list as a file for a spreadsheet; a cell that would begin a formula is led by a quote. */
export function tenantsCsv(rows: readonly TenantRow[]): string {
  const lines = rows.map((row) => [
    row.name,
    row.entraTenantId,
    row.cloud,
    row.health.state,
    row.health.sentence,
    row.health.lastGoodSetAt,
    row.credential?.kind ?? null,
    row.credential?.expiresAt ?? null,
    row.schedules,
    row.myRole,
    row.tags.join(' '),
  ]);
  const titles = [
    'Name',
    'Entra tenant id',
    'Cloud',
    'Health',
    'Health in words',
    'Last good set',
    'Credential',
    'Credential ends',
    'Schedules',
    'My role',
    'Tags',
  ];
  return [titles, ...lines].map((line) => `${line.map(csvCell).join(',')}\r\n`).join('');
}
