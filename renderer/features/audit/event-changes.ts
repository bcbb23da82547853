/** What an event changed: each value of before and after by its path, as text. Pure, for the drawer of the audit page. */
export interface EventChange {
  path: string;
  /** Null: not there. */
  before: string | null;
  after: string | null;
  changed: boolean;
}

/** Changed values first, then those that stayed, each in the order of the document. */
export function eventChanges(before: unknown, after: unknown): EventChange[] {
  const left = flatten(before);
  const right = flatten(after);
  const paths = [...new Set([...left.keys(), ...right.keys()])];
  const changes = paths.map((path) => {
    const [was, is] = [left.get(path) ?? null, right.get(path) ?? null];
    return { path, before: was, after: is, changed: was !== is };
  });
  return [...changes.filter(({ changed }) => changed), ...changes.filter(({ changed }) => !changed)];
}

function flatten(value: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (part: unknown, path: string): void => {
    if (part === null || part === undefined) {
      if (path !== '' && part === null) found.set(path, 'null');
    } else if (Array.isArray(part) && part.every((each) => typeof each !== 'object' || each === null)) {
      found.set(path || 'value', part.map(String).join(', '));
    } else if (typeof part === 'object') {
      for (const [name, member] of Object.entries(part)) walk(member, path === '' ? name : `${path}.${name}`);
    } else found.set(path || 'value', typeof part === 'string' ? part : JSON.stringify(part));
  };
  walk(value, '');
  return found;
}
