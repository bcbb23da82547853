import type {
  ChildRead,
  PolicyType,
  PolicyTypeCategory,
  PolicyTypePriority,
  ThrottleGroup,
  UnavailableRule,
} from './policy-type.ts';

/**
 * What records have in common, so that a record says only what is its own. Pure functions over data: what they
 * return is a plain `PolicyType`.
 */

/** A child as a record writes it: `below` is its path below the item when it differs from its name. */
type ChildDraft = Omit<ChildRead, 'path'> & { below?: string; path?: string };

/** A record without what its service area fills in. */
export interface PolicyTypeDraft {
  key: string;
  displayName: string;
  listPath: string;
  /** Default: core. */
  priority?: PolicyTypePriority;
  /** Default: beta for Intune, v1.0 for Entra. */
  apiVersion?: PolicyType['apiVersion'];
  shape?: PolicyType['shape'];
  listQuery?: PolicyType['listQuery'];
  detailGetRequired?: boolean;
  children?: readonly ChildDraft[];
  split?: PolicyType['split'];
  /** Beyond those of the service area. */
  volatile?: readonly string[];
  secrets?: readonly string[];
  /** Set-like arrays beyond those of the service area: path → identifying property, null for the member itself. */
  sets?: Readonly<Record<string, string | null>>;
  /** Default: id. */
  identityProperty?: string | null;
  /** Default: displayName. */
  nameProperty?: string | null;
  /** Least permission; null where Microsoft publishes none for apps. */
  permission: string | null;
  /** Further permissions with which the read works. */
  alsoAccepted?: readonly string[];
  throttleGroup?: ThrottleGroup;
  /** `@odata.type` values without `#microsoft.graph.`. */
  odataTypes?: readonly string[];
  unavailable?: readonly UnavailableRule[];
  notInClouds?: readonly string[];
}

interface ServiceArea {
  apiVersion: PolicyType['apiVersion'];
  throttleGroup: ThrottleGroup;
  volatile: readonly string[];
  sets: Readonly<Record<string, string | null>>;
  unavailable: readonly UnavailableRule[];
}

/** Control information of the answer, not of the object. */
const odataVolatile = ['@odata.context', '@odata.etag', '@odata.count', '@microsoft.graph.tips'];

const intune: ServiceArea = {
  apiVersion: 'beta',
  throttleGroup: 'intune',
  volatile: [...odataVolatile, 'lastModifiedDateTime'],
  // An assignment is told apart by whom it aims at: its id changes when the policy is assigned anew.
  sets: { roleScopeTagIds: null, roleScopeTags: null, assignments: 'target' },
  unavailable: [
    // Every Intune call of a tenant without the licence, or whose MDM authority was never set, ends like this.
    { status: 400, messageIncludes: 'not applicable to target tenant', reason: 'not_licensed' },
    { status: 403, messageIncludes: 'licens', reason: 'not_licensed' },
    { status: 501, reason: 'not_in_cloud' },
  ],
};

const entra: ServiceArea = {
  apiVersion: 'v1.0',
  throttleGroup: 'directory',
  volatile: odataVolatile,
  sets: {},
  unavailable: [
    { status: 400, code: 'AadPremiumLicenseRequired', reason: 'not_licensed' },
    { status: 403, code: 'AadPremiumLicenseRequired', reason: 'not_licensed' },
    {
      status: 403,
      code: 'Authentication_RequestFromNonPremiumTenantOrB2CTenant',
      reason: 'not_licensed',
    },
    { status: 403, messageIncludes: 'licens', reason: 'not_licensed' },
    { status: 501, reason: 'not_in_cloud' },
  ],
};

/** Records of Intune's own services: beta, scope tags, assignments. */
export function intuneTypes(
  category: PolicyTypeCategory,
  drafts: readonly PolicyTypeDraft[],
): readonly PolicyType[] {
  return drafts.map((draft) => completeRecord(category, intune, draft));
}

/** Records of Microsoft Entra: v1.0, directory limits. */
export function entraTypes(
  category: PolicyTypeCategory,
  drafts: readonly PolicyTypeDraft[],
): readonly PolicyType[] {
  return drafts.map((draft) => completeRecord(category, entra, draft));
}

/** A required child collection; its path is the item's with the name appended. */
export function collection(name: string, own: Partial<Omit<ChildDraft, 'name' | 'shape'>> = {}): ChildDraft {
  return { name, shape: 'collection', importance: 'required', ...own };
}

/** A required child that is one object. */
export function single(name: string, own: Partial<Omit<ChildDraft, 'name' | 'shape'>> = {}): ChildDraft {
  return { name, shape: 'single', importance: 'required', ...own };
}

/** Whom the object aims at: include and exclude targets with their groups and filters. Never in the plain list. */
export function assignments(own: Partial<Omit<ChildDraft, 'name' | 'shape'>> = {}): ChildDraft {
  return collection('assignments', own);
}

/** The same targets in the shape of older API versions. */
export function groupAssignments(): ChildDraft {
  return collection('groupAssignments', {
    importance: 'enrichment',
    notRead: 'an older shape of the same assignments',
  });
}

/** Full `@odata.type` values. */
export function odataTypes(names: readonly string[]): string[] {
  return names.map((name) => `#microsoft.graph.${name}`);
}

/** For singletons and lists that do not exist before somebody sets the feature up. */
export const notConfiguredWhenMissing: UnavailableRule = { status: 404, reason: 'not_configured' };

/** Microsoft publishes no application permission for the read: an app is refused whatever was consented to. */
const refusedToApps: UnavailableRule = { status: 403, reason: 'signed_in_only' };

function completeRecord(category: PolicyTypeCategory, area: ServiceArea, draft: PolicyTypeDraft): PolicyType {
  const shape = draft.shape ?? 'collection';
  const itemPath = shape === 'singleton' ? null : `${draft.listPath}/{id}`;
  const children = (draft.children ?? []).map(({ below, path, ...child }): ChildRead => ({
    ...child,
    path: path ?? `${itemPath ?? draft.listPath}/${below ?? child.name}`,
  }));
  const isUnset = shape === 'singleton' ? [notConfiguredWhenMissing] : [];
  return {
    key: draft.key,
    displayName: draft.displayName,
    category,
    priority: draft.priority ?? 'core',
    apiVersion: draft.apiVersion ?? area.apiVersion,
    shape,
    listPath: draft.listPath,
    itemPath,
    listQuery: draft.listQuery ?? {},
    detailGetRequired: draft.detailGetRequired ?? false,
    children,
    ...(draft.split ? { split: draft.split } : {}),
    volatileProperties: volatileNames(area, draft, children),
    secretProperties: draft.secrets ?? [],
    setLikeArrays: Object.entries({ ...area.sets, ...draft.sets }).map(([path, identity]) => ({
      path,
      identity,
    })),
    identityProperty: draft.identityProperty === undefined ? 'id' : draft.identityProperty,
    nameProperty: draft.nameProperty === undefined ? 'displayName' : draft.nameProperty,
    permission: draft.permission,
    acceptedPermissions: draft.permission === null ? [] : [draft.permission, ...(draft.alsoAccepted ?? [])],
    throttleGroup: draft.throttleGroup ?? area.throttleGroup,
    knownODataTypes: odataTypes(draft.odataTypes ?? []),
    unavailable: [
      ...area.unavailable,
      ...isUnset,
      ...(draft.unavailable ?? []),
      ...(draft.permission === null ? [refusedToApps] : []),
    ],
    notInClouds: draft.notInClouds ?? [],
  };
}

/**
 * Besides the listed names: what an `$expand` annotates (`apps@odata.context` holds the request's URL), and
 * enrichments, which may be missing tonight and back tomorrow without making a version of the object.
 */
function volatileNames(area: ServiceArea, draft: PolicyTypeDraft, children: readonly ChildRead[]): string[] {
  const expanded = [draft.listQuery?.expand, ...children.map((child) => child.expand)]
    .flatMap((expand) => expand?.match(/[A-Za-z]\w*/g) ?? [])
    .filter((name) => name !== 'expand');
  const names = new Set([...area.volatile, ...(draft.volatile ?? [])]);
  for (const name of [...expanded, ...children.map((child) => child.name)])
    names.add(`${name}@odata.context`);
  for (const child of children) if (child.importance === 'enrichment') names.add(child.name);
  return [...names];
}
