import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import type { ReadTarget } from './graph-client.ts';
import { GraphFailure, unavailableReason } from './graph-errors.ts';
import { bindPath, withQuery } from './graph-paths.ts';

/** A query option without its `$`, and its value as written. */
export type ListOption = [name: string, value: string];

/**
 * Reads a list with query options and, where the service refuses them, once more without those that may be
 * dropped: Intune declares options in its metadata that it refuses at run time. `mayDrop` is told of the refusal
 * and may forbid the second try. Throws as `read` does.
 */
export async function readWithOptions<T>(
  type: PolicyType,
  tenantParameters: Readonly<Record<string, string>>,
  options: ListOption[],
  read: (target: ReadTarget) => Promise<T>,
  mayDrop: (refusal: GraphFailure) => boolean,
): Promise<T> {
  const target = (chosen: readonly ListOption[]): ReadTarget => ({
    version: type.apiVersion,
    path: withQuery(listPathOf(type, tenantParameters), chosen),
    ...(type.listHeaders ? { headers: type.listHeaders } : {}),
  });
  try {
    return await read(target(options));
  } catch (error) {
    if (!(error instanceof GraphFailure) || error.kind !== 'refused' || error.status !== 400) throw error;
    // A refusal that the registry explains as absence is no matter of options.
    const kept = unavailableReason(error, type.unavailable) === null ? withoutDroppable(type, options) : null;
    if (kept === null || !mayDrop(error)) throw error;
    return read(target(kept));
  }
}

/** Options that all types of a shared list agree on: what narrows it for one would lose rows of another. */
export function sharedOptions(types: readonly PolicyType[]): ListOption[] {
  const [first, ...others] = types.map((type) => listOptions(type));
  return (first ?? []).filter(([name, value]) =>
    others.every((options) => options.some((other) => other[0] === name && other[1] === value)),
  );
}

function listPathOf(type: PolicyType, tenantParameters: Readonly<Record<string, string>>): string {
  const path = bindPath(type.listPath, (name) => tenantParameters[name] ?? null);
  if (path === null) {
    throw new GraphFailure('contract', { message: 'The path of the list needs a value that is not known.' });
  }
  return path;
}

/** The query options of a type's list, as its record says. */
function listOptions(type: PolicyType): ListOption[] {
  const { filter, expand, select, top } = type.listQuery;
  const options: [string, string][] = [];
  if (filter !== undefined) options.push(['filter', filter]);
  if (expand !== undefined) options.push(['expand', expand]);
  if (select !== undefined) options.push(['select', select]);
  if (top !== undefined) options.push(['top', String(top)]);
  return options;
}

/**
 * What is left of refused list options when those are dropped that may be: `$top` and `$select` only shape the
 * answer, `$filter` only narrows it, and `$expand` may go where the type reads each expanded part as a child.
 * Null when nothing may be dropped.
 */
function withoutDroppable(type: PolicyType, options: readonly ListOption[]): ListOption[] | null {
  const childNames = new Set(type.children.map((child) => child.name));
  const kept = options.filter(
    ([name, value]) =>
      name === 'expand' &&
      value
        .replaceAll(/\([^)]*\)/g, '')
        .split(',')
        .some((part) => !childNames.has(part.trim())),
  );
  return kept.length < options.length ? kept : null;
}
