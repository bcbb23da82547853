import type { PolicyType } from '../domain/policy-types/policy-type.ts';

/**
 * Puts values into the `{names}` of a registry path, encoded: ids are not always guids, and a slash or a quote
 * in one must not become part of the path. Returns null when a value is missing.
 */
export function bindPath(template: string, valueOf: (name: string) => string | null): string | null {
  let isWhole = true;
  const path = template.replaceAll(/('?)\{(\w+)\}/g, (_match, quote: string, name: string) => {
    const value = valueOf(name);
    if (value === null) isWhole = false;
    // Inside a quoted OData literal a quote is written twice.
    const literal = quote === '' ? (value ?? '') : (value ?? '').replaceAll("'", "''");
    return quote + encodeURIComponent(literal);
  });
  return isWhole ? path : null;
}

/** A path with query options added to those it has. Values are encoded, option names keep their `$`. */
export function withQuery(
  path: string,
  options: readonly (readonly [name: string, value: string])[],
): string {
  const query = options.map(([name, value]) => `$${name}=${encodeURIComponent(value)}`).join('&');
  if (query === '') return path;
  return path + (path.includes('?') ? '&' : '?') + query;
}

/** The query options of a type's list, as its record says. */
export function listOptions(type: PolicyType): [name: string, value: string][] {
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
export function withoutDroppable(
  type: PolicyType,
  options: readonly [name: string, value: string][],
): [name: string, value: string][] | null {
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
