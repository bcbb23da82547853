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
