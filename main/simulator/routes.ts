import type { ApiVersion, PolicyType, ThrottleGroup } from '../domain/policy-types/policy-type.ts';

/**
 * One Graph collection or singleton that the simulator serves. Made from the registry's records, never
 * written by hand, except for the few directory reads that belong to no policy type (`extraRoutes`).
 */
export interface Route {
  listPath: string;
  segments: string[];
  shape: 'collection' | 'singleton';
  versions: readonly ApiVersion[];
  types: readonly PolicyType[];
  /** By name, at any depth: the children whose paths Graph knows below an item. */
  children: ReadonlyMap<string, RouteChild>;
  acceptedPermissions: readonly string[];
  throttleGroup: ThrottleGroup;
  identityProperty: string;
  intune: boolean;
  /** Names that the list and its items may expand, besides the children. */
  expands: ReadonlySet<string>;
  pageSize: number;
  /** Largest `$top` honoured; above it directory collections refuse and Intune ones cut down. */
  maxPageSize: number;
}

/** What Graph knows below an item of a route. */
export interface RouteChild {
  permission: string | null;
  shape: 'collection' | 'single';
  pageSize: number;
  /** Names that the child's rows expand. */
  expands: readonly string[];
}

/** A route with the ids of the request's path bound. */
export interface RouteMatch {
  route: Route;
  /** Decoded segments below the list path: `[]`, `[id]`, `[id, child]`, `[id, child, childId, …]`. */
  rest: string[];
}

const parameter = /^\{.*\}$/;

function pathSegments(path: string): string[] {
  return path
    .split('?')[0]!
    .split('/')
    .filter((segment) => segment !== '');
}

/**
 * The path of a child below its item as the key of a part, parameters of inner rows left out:
 * `definitionValues/presentationValues`. Null when it does not lie below the item.
 */
export function childKey(type: PolicyType, childPath: string): string | null {
  const item = pathSegments(type.itemPath ?? type.listPath);
  const child = pathSegments(childPath);
  if (child.length < item.length) return null;
  const isBelow = item.every(
    (segment, index) =>
      segment === child[index] || (parameter.test(segment) && parameter.test(child[index]!)),
  );
  if (!isBelow) return null;
  return child
    .slice(item.length)
    .filter((segment) => !parameter.test(segment))
    .map((segment) => segment.replace(/\(.*\)$/, ''))
    .join('/');
}

function expandNames(expand: string): string[] {
  return expand.split(/[(),;=]/).filter((name) => /^[A-Za-z]\w*$/.test(name.trim()));
}

function pageSizeOf(listPath: string): number {
  // Sizes seen in the field: behaviour facts, section 4.
  if (/\/(configurationPolicies|compliancePolicies)$/.test(listPath)) return 25;
  if (listPath.endsWith('/deviceConfigurations')) return 30;
  return 100;
}

/** Application permissions with which a type can be read; none where Microsoft publishes none. */
export function permissionsOf(type: PolicyType): string[] {
  const least = type.permission === null ? [] : [type.permission];
  return [...new Set([...least, ...type.acceptedPermissions])];
}

function routeFor(listPath: string, types: PolicyType[]): Route {
  const first = types[0]!;
  const children = new Map<string, RouteChild>();
  for (const type of types) {
    for (const child of type.children) {
      const key = childKey(type, child.path);
      if (key !== null && key !== '')
        children.set(key, {
          permission: child.permission ?? null,
          shape: child.shape,
          pageSize: key === 'settings' ? 25 : 100,
          expands: child.expand === undefined ? [] : expandNames(child.expand),
        });
    }
  }
  const isIntune = /^\/device(App)?Management\//.test(listPath);
  return {
    listPath,
    segments: pathSegments(listPath),
    shape: first.shape,
    versions: types.some((type) => type.apiVersion === 'v1.0') ? ['v1.0', 'beta'] : ['beta'],
    types,
    children,
    acceptedPermissions: [...new Set(types.flatMap(permissionsOf))],
    throttleGroup: first.throttleGroup,
    identityProperty: first.identityProperty ?? 'id',
    intune: isIntune,
    expands: new Set([
      ...types.flatMap((type) => expandNames(type.listQuery.expand ?? '')),
      // A child may be an expansion of the item's own path.
      ...types.flatMap((type) =>
        type.children
          .filter((child) => childKey(type, child.path) === '')
          .flatMap((child) => expandNames(child.expand ?? '')),
      ),
    ]),
    pageSize: pageSizeOf(listPath),
    maxPageSize: isIntune ? 1000 : 999,
  };
}

function extra(
  listPath: string,
  permissions: readonly string[],
  throttleGroup: ThrottleGroup,
  versions: readonly ApiVersion[],
): Route {
  return {
    listPath,
    segments: pathSegments(listPath),
    shape: 'collection',
    versions,
    types: [],
    children: new Map(),
    acceptedPermissions: permissions,
    throttleGroup,
    identityProperty: 'id',
    intune: listPath.startsWith('/device'),
    expands: new Set<string>(),
    pageSize: 100,
    maxPageSize: 999,
  };
}

/** Reads that clients make and that are no policy type of their own. */
function extraRoutes(types: readonly PolicyType[]): Route[] {
  const outside = new Map<string, Route>();
  for (const type of types) {
    for (const child of type.children) {
      const segments = pathSegments(child.path);
      if (childKey(type, child.path) !== null || !parameter.test(segments.at(-1) ?? '')) continue;
      // Such as /deviceManagement/templates/{templateId} for an intent.
      const listPath = `/${segments.slice(0, -1).join('/')}`;
      outside.set(listPath, extra(listPath, permissionsOf(type), type.throttleGroup, ['beta']));
    }
  }
  return [
    ...outside.values(),
    extra('/subscribedSkus', ['LicenseAssignment.Read.All', 'Organization.Read.All'], 'directory', [
      'v1.0',
      'beta',
    ]),
  ];
}

/** All routes of the registry's types, one for each list path, however many types share it. */
export function buildRoutes(types: readonly PolicyType[]): Route[] {
  const byPath = Map.groupBy(types, (type) => type.listPath);
  const routes = [...byPath].map(([listPath, sharing]) => routeFor(listPath, sharing));
  const known = new Set(routes.map((route) => route.listPath));
  return [...routes, ...extraRoutes(types).filter((route) => !known.has(route.listPath))];
}

/** Finds the route for decoded path segments (without the version); the longest list path wins. */
export function createRouter(routes: readonly Route[]): (segments: readonly string[]) => RouteMatch | null {
  const byFirst = Map.groupBy(
    routes.toSorted((a, b) => b.segments.length - a.segments.length),
    (route) => route.segments[0]!,
  );
  return (segments) => {
    for (const route of byFirst.get(segments[0] ?? '') ?? []) {
      const matches =
        route.segments.length <= segments.length &&
        route.segments.every((segment, index) => parameter.test(segment) || segment === segments[index]);
      if (matches) return { route, rest: segments.slice(route.segments.length) };
    }
    return null;
  };
}

/** Splits a request path into decoded segments; `name('id')` becomes `name`, `id`. Throws URIError. */
export function decodePath(path: string): string[] {
  const segments: string[] = [];
  for (const raw of path.split('/')) {
    if (raw === '') continue;
    const segment = decodeURIComponent(raw);
    const keyed = /^([A-Za-z]\w*)\('((?:[^']|'')*)'\)$/.exec(segment);
    if (keyed) segments.push(keyed[1]!, keyed[2]!.replaceAll("''", "'"));
    else segments.push(segment);
  }
  return segments;
}
