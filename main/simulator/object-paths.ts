import { decodePath } from './routes.ts';
import type { Route, RouteChild, RouteMatch } from './routes.ts';
import type { StoredObject } from './tenant.ts';

/** True when the client asked to see enumeration members newer than the published ones. */
export function keepsUnknown(headers: Readonly<Record<string, string | undefined>>): boolean {
  return (headers['prefer'] ?? '').includes('include-unknown-enum-members');
}

// Lists of objects are replaced, never changed in place, so that an index of one stays right.
const indexes = new WeakMap<readonly StoredObject[], Map<string, StoredObject>>();

/** The object with an id, whatever its case. */
export function findObject(objects: readonly StoredObject[], id: string): StoredObject | undefined {
  let index = indexes.get(objects);
  if (index === undefined) {
    index = new Map(objects.map((object) => [object.id.toLowerCase(), object]));
    indexes.set(objects, index);
  }
  return index.get(id.toLowerCase());
}

/** The child that path segments name: one segment, or two such as `file/localizations`. */
export function namePart(
  route: Route,
  rest: readonly string[],
  prefix: string,
): { name: string; key: string; child: RouteChild; used: number } | null {
  for (const used of [2, 1]) {
    if (rest.length < used) continue;
    const name = rest
      .slice(0, used)
      .join('/')
      .replace(/\(.*\)$/, '');
    const child = route.children.get(prefix + name);
    if (child) return { name, key: prefix + name, child, used };
  }
  return null;
}

/** A path as it stands in `@odata.context`. */
export function contextOf(path: string): string {
  const segments = decodePath(path);
  // Ids stand in brackets in a context: deviceManagement/intents('id')/settings.
  return segments.reduce((text, segment, index) => {
    if (index === 0) return segment;
    return /^[a-zA-Z]+$/.test(segment) ? `${text}/${segment}` : `${text}('${segment.replaceAll("'", "''")}')`;
  }, '');
}

/** A path with ids replaced, for counting. */
export function templateOf(path: string, match: RouteMatch | null): string {
  if (match === null) return path;
  const { route, rest } = match;
  if (route.shape === 'singleton') return [route.listPath, ...rest].join('/');
  const below = rest.map((segment, index) => {
    const isChild = index > 0 && /^[A-Za-z]+(\(|$)/.test(segment);
    return isChild ? segment.replace(/\(.*\)$/, '()') : '{id}';
  });
  return [route.listPath, ...below].join('/');
}
