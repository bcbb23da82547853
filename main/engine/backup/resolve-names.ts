import type { Database } from '../../db/database.ts';
import { findPolicyNames } from '../../db/repositories/policies.ts';
import type { JsonObject } from '../../snapshot/json-value.ts';
import type { Log, TenantReader } from '../ports.ts';
import type { RunLease } from '../run-lease.ts';

/** Names behind ids, with the little that explains them. */
type Names = Awaited<ReturnType<TenantReader['resolve']>>;

/**
 * Types whose objects other policies point to and that are no directory objects: getByIds does not know them, but
 * their lists are short. Read again where a run does not hold them itself.
 */
const foundations = ['assignmentFilters', 'roleScopeTags', 'namedLocations'] as const;
/** Further types that are pointed to, and too long to be read for a few names alone: known from what runs saw. */
const alsoNamed = [
  'mobileApps',
  'intuneRoleDefinitions',
  'directoryRoleDefinitions',
  'authenticationStrengthPolicies',
];
const explaining = ['description', 'platform', 'rule', '@odata.type'] as const;

/**
 * The names of everything that policies point to: directory objects by getByIds, filters, scope tags and named
 * locations by their lists, apps and roles by what this tenant's runs saw. An enrichment: what fails leaves ids
 * unnamed, is an event of the run, and never touches its completeness.
 */
export async function resolveNames(parts: {
  lease: RunLease;
  database: Database;
  /** Null when the tenant cannot be read any more. */
  reader: TenantReader | null;
  ids: readonly string[];
  typeKeys: readonly string[];
  log: Log;
}): Promise<Names> {
  const { lease, reader, ids, typeKeys } = parts;
  const names: Names = new Map();
  if (ids.length === 0) return names;
  const missing = () => ids.filter((id) => !names.has(id));
  await enrich(parts, async () => {
    const captured = await findPolicyNames(parts.database, lease.tenantId, [...typeKeys], missing());
    for (const { typeKey, graphId, name } of captured)
      addName(names, graphId, { kind: typeKey, name, detail: {} });
  });
  if (reader !== null) {
    await enrich(parts, async () => {
      for (const [id, name] of await reader.resolve(missing(), lease.signal)) addName(names, id, name);
    });
    const open = foundations.filter((key) => !typeKeys.includes(key));
    if (open.length > 0 && missing().length > 0) {
      await enrich(parts, () => readFoundations(reader, open, new Set(missing()), names, lease.signal));
    }
  }
  await enrich(parts, async () => {
    const known = await findPolicyNames(
      parts.database,
      lease.tenantId,
      [...foundations, ...alsoNamed],
      missing(),
    );
    for (const { typeKey, graphId, name } of known)
      addName(names, graphId, { kind: typeKey, name, detail: {} });
  });
  const unresolved = missing().length;
  if (unresolved > 0) {
    lease.recordEvent({
      level: 'info',
      code: 'references_unresolved',
      typeKey: null,
      message: 'Some ids that policies mention have no name any more.',
      detail: { unresolved, of: ids.length },
    });
  }
  return names;
}

function addName(names: Names, id: string, name: { kind: string; name: string; detail: JsonObject }): void {
  if (!names.has(id)) names.set(id, name);
}

async function readFoundations(
  reader: TenantReader,
  typeKeys: readonly string[],
  wanted: ReadonlySet<string>,
  names: Names,
  signal: AbortSignal,
): Promise<void> {
  await reader.read(
    typeKeys,
    {
      item: (item) => {
        if (wanted.has(item.graphId)) {
          const detail: JsonObject = {};
          for (const property of explaining) {
            const value = item.document[property];
            if (value !== undefined && value !== null) detail[property] = value;
          }
          addName(names, item.graphId, { kind: item.typeKey, name: item.name, detail });
        }
        return Promise.resolve();
      },
      event: () => undefined,
      progress: () => undefined,
    },
    signal,
  );
}

/** One source of names; its failure is told and leaves the others be. */
async function enrich(
  parts: { lease: RunLease; ids: readonly string[]; log: Log },
  source: () => Promise<void>,
): Promise<void> {
  const { lease, ids, log } = parts;
  try {
    await source();
  } catch (error) {
    lease.signal.throwIfAborted();
    log.warn({ err: error, ids: ids.length }, 'Names of referenced objects could not be read');
    lease.recordEvent({
      level: 'warning',
      code: 'references_unresolved',
      typeKey: null,
      message: 'The names of groups, filters and scope tags could not be read.',
      detail: { unresolved: ids.length, of: ids.length },
    });
  }
}
