import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import type { ReferenceResolver, TenantReader, TypeReading } from '../engine/ports.ts';
import { isJsonObject, type JsonObject } from '../snapshot/json-value.ts';
import { GraphFailure } from './graph-errors.ts';
import type { GraphLimits } from './graph-limits.ts';
import { ItemSlots } from './item-slots.ts';
import { textAt } from './json-reading.ts';
import { readSharedList, type ListReaderParts } from './list-reader.ts';
import { ReadMeter } from './read-meter.ts';

/** A tenant reader over one tenant's client; `read` may be called for several groups at once. */
export function createTenantReader(parts: ListReaderParts): TenantReader {
  const { catalog, limits } = parts;
  // One budget for the whole reading: its memory must not grow with the number of lists read at once.
  const slots = new ItemSlots(limits.itemsInFlight);
  // What may only be read slowly begins first, then what needs most requests one after the other, so that it is
  // not what everything waits for in the end. Lists that are read in one go fill the gaps.
  const longestFirst = (typeKeys: readonly string[]): PolicyType[][] =>
    catalog
      .groups(typeKeys)
      .toSorted(
        (left, right) =>
          requestsPerMs(limits, left) - requestsPerMs(limits, right) ||
          chainLength(right) - chainLength(left),
      );
  return {
    groups: (typeKeys) => {
      const unknown = typeKeys.filter((key) => catalog.find(key) === undefined).map((key) => [key]);
      return [...longestFirst(typeKeys).map((types) => types.map((type) => type.key)), ...unknown];
    },
    read: async (typeKeys, sink, signal) => {
      signal.throwIfAborted();
      const stop = new AbortController();
      const either = AbortSignal.any([signal, stop.signal]);
      const groups = longestFirst(typeKeys);
      const ended = await Promise.allSettled(
        groups.map(async (types) => {
          try {
            return await readSharedList(parts, types, { sink, slots }, either);
          } catch (error) {
            stop.abort(error);
            throw error;
          }
        }),
      );
      signal.throwIfAborted();
      // The first cause, not the abort that it set off in the others.
      if (stop.signal.aborted) throw stop.signal.reason;
      const readings = new Map(
        ended
          .flatMap((end) => (end.status === 'fulfilled' ? end.value : []))
          .map((reading) => [reading.typeKey, reading]),
      );
      return typeKeys.map((key) => readings.get(key) ?? unknownType(key));
    },
    resolve: (ids, signal) => resolveReferences(parts, ids, signal),
  };
}

function requestsPerMs(limits: GraphLimits, types: readonly PolicyType[]): number {
  const rate = types[0] === undefined ? null : limits.rates[types[0].throttleGroup];
  return rate === null ? 0 : rate.limit / rate.windowMs;
}

/** Requests of which each waits for the one before: the list, an item, its parts, the parts of those. */
function chainLength(types: readonly PolicyType[]): number {
  return Math.max(0, ...types.map(chainOfType));
}

function chainOfType(type: PolicyType): number {
  const children = type.children.filter((child) => child.notRead === undefined && child.inline !== 'list');
  if (children.some((child) => child.forEach !== undefined)) return 3;
  return children.length > 0 || type.detailGetRequired ? 2 : 1;
}

/** Properties of a directory object that explain a reference; nothing else of people is kept. */
const explaining = [
  'description',
  'groupTypes',
  'membershipRule',
  'membershipRuleProcessingState',
  'securityEnabled',
  'mailEnabled',
  'isAssignableToRole',
  'appId',
  'servicePrincipalType',
] as const;

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Names of directory objects by getByIds. Ids that are no guids, or of nothing in the directory, stay unnamed. */
async function resolveReferences(
  parts: ListReaderParts,
  ids: readonly string[],
  signal: AbortSignal,
): ReturnType<ReferenceResolver['resolve']> {
  const { client, clock, limits } = parts;
  const names: Awaited<ReturnType<ReferenceResolver['resolve']>> = new Map();
  // One id that is no guid makes the service refuse all of them.
  const wanted = new Map(ids.filter((id) => guid.test(id)).map((id) => [id.toLowerCase(), id]));
  const lowered = [...wanted.keys()];
  const meter = new ReadMeter({ typeKey: null, clock, limits, event: () => undefined });
  for (let from = 0; from < lowered.length; from += limits.idsPerRequest) {
    const some = lowered.slice(from, from + limits.idsPerRequest);
    const { body, requestId } = await client.getByIds(some, { group: 'directory', meter, signal });
    const rows = isJsonObject(body) ? body['value'] : undefined;
    if (!Array.isArray(rows)) {
      throw new GraphFailure('invalid', {
        message: 'The names of references did not come as a list.',
        requestId,
      });
    }
    for (const row of rows) {
      const id = isJsonObject(row) ? textAt(row, 'id') : null;
      const asked = id === null ? undefined : wanted.get(id.toLowerCase());
      if (asked !== undefined && isJsonObject(row)) names.set(asked, described(row));
    }
  }
  return names;
}

function described(row: JsonObject): { kind: string; name: string; detail: JsonObject } {
  const detail: JsonObject = {};
  for (const property of explaining) {
    const value = row[property];
    if (value !== undefined && value !== null) detail[property] = value;
  }
  const kind = textAt(row, '@odata.type')?.replace('#microsoft.graph.', '') ?? 'directoryObject';
  return { kind, name: textAt(row, 'displayName') ?? textAt(row, 'id') ?? '', detail };
}

function unknownType(typeKey: string): TypeReading {
  return {
    typeKey,
    outcome: 'unknown_type',
    reason: 'type_unknown',
    expected: null,
    captured: 0,
    missingPermission: null,
    requestId: null,
    httpStatus: null,
    requests: 0,
    retries: 0,
    waitedMs: 0,
    failedItems: [],
    failedItemCount: 0,
    unknownKinds: [],
  };
}
