/**
 * A policy type is a record, not a branch in code: adding one is data and a fixture.
 * The records live beside this file, one file a category; no Graph path is written anywhere else.
 * Facts behind them: Microsoft Graph metadata and permission reference, as noted on each record.
 */

export type ApiVersion = 'v1.0' | 'beta';

export const policyTypeCategories = [
  'Device configuration',
  'Endpoint security',
  'Scripts',
  'Enrollment',
  'Compliance',
  'Updates',
  'Apps',
  'Foundations',
  'Windows 365',
  'Conditional access',
  'Entra policies',
  'Entra directory',
] as const;
export type PolicyTypeCategory = (typeof policyTypeCategories)[number];

/** core: in every backup by default; extended: offered; optional: off unless asked for. */
export type PolicyTypePriority = 'core' | 'extended' | 'optional';

/** Requests of one group share a limiter per tenant (Microsoft Graph throttling limits). */
export type ThrottleGroup = 'intune' | 'intuneDevices' | 'conditionalAccess' | 'directory' | 'cloudPc';

export interface ChildRead {
  /** Key under which the answer is kept in the item's document. */
  name: string;
  /**
   * Path relative to the API version with `{id}` for the item. Other `{names}` are bound by `forEach`, or else
   * by the item's own property of that name (`/deviceManagement/templates/{templateId}`).
   */
  path: string;
  /** What the answer is: a collection (`value` with pages) or one object. */
  shape: 'collection' | 'single';
  /**
   * Read only for items (with `forEach`: rows) for which all of this holds; absent: for every one. `odataType`
   * compares `@odata.type`, `propertyPresent` asks for a non-null, non-empty property, `propertyAbsent` for the
   * contrary.
   */
  when?: { odataType?: readonly string[]; propertyPresent?: string; propertyAbsent?: string };
  /**
   * Read once per row of an earlier child collection, or of an array that the item itself holds under that
   * name, binding the parameter to that row's property, and kept inside that row under `name`; for example
   * presentation values of each definition value.
   */
  forEach?: { child: string; parameter: string; property: string };
  /** `$expand` to send with the read, e.g. `definition`. */
  expand?: string;
  /**
   * The part comes inside an answer that is read anyway, under `name`; absent: it is read by `path`.
   * `list`: the row of the list (or the singleton) brings it; only a row that lacks the property is read by
   * `path`, and a `<name>@odata.nextLink` beside it is followed.
   * `item`: `path` is the item's own and its answer (`single`) the item, sent with `expand`; it replaces the row
   * like a detail read and takes the place of one.
   */
  inline?: 'list' | 'item';
  /** Why the part is known but not read, for the coverage statement; absent: it is read. */
  notRead?: string;
  /**
   * `required`: a failed read makes the type incomplete. `enrichment`: it may fail alone (noted as an event)
   * and never touches completeness.
   */
  importance: 'required' | 'enrichment';
  /** Property of the parent that says how many rows the child collection must have, e.g. `settingCount`. */
  countProperty?: string;
  /** Boolean property of the parent that says whether the child collection may be empty, e.g. `isAssigned`. */
  nonEmptyProperty?: string;
  /** Least application permission when it differs from the type's own. */
  permission?: string;
  /** Answers with these HTTP statuses mean "this part does not exist for this item", kept as null. */
  absentStatuses?: readonly number[];
}

export interface PolicyType {
  /** Stable key, as stored in schedules, sets and CSV. */
  key: string;
  displayName: string;
  category: PolicyTypeCategory;
  priority: PolicyTypePriority;
  apiVersion: ApiVersion;
  /** `singleton`: the path answers one object, which is the only item of the type. */
  shape: 'collection' | 'singleton';
  /** Relative to the API version; `{organizationId}` stands for the tenant's own id. */
  listPath: string;
  /** Path of one item with `{id}`; null where items cannot be read alone, and for singletons. */
  itemPath: string | null;
  listQuery: { filter?: string; expand?: string; select?: string; top?: number };
  /** Headers beyond the usual, such as ConsistencyLevel. */
  listHeaders?: Readonly<Record<string, string>>;
  /** The list leaves out bodies (scripts, images, payloads): each item is read again by `itemPath`. */
  detailGetRequired: boolean;
  children: readonly ChildRead[];
  /**
   * Several types may share one list: a row belongs to the type whose `values` hold the row's property, or to
   * the type with `fallback`. The list is fetched once for all of them.
   */
  split?: { property: string; values: readonly string[]; fallback: boolean };
  /** Property names left out of the stable document at every depth and kept beside it. */
  volatileProperties: readonly string[];
  /**
   * Names of properties that can hold a secret, besides those found by name pattern. Matched at any depth.
   */
  secretProperties: readonly string[];
  /**
   * Arrays whose order means nothing, with the property that identifies a member (null: the member itself).
   * Path is dotted, `[]` for array members: `roleScopeTagIds`, `assignments`, `apps[].mobileAppIdentifier`.
   */
  setLikeArrays: readonly { path: string; identity: string | null }[];
  /** The property that identifies an item inside its type; null for a singleton without one. */
  identityProperty: string | null;
  nameProperty: string | null;
  /** Least permission for the list path in app-only mode; null where Microsoft publishes none (expect 403). */
  permission: string | null;
  /** All permissions with which the read works, least first. */
  acceptedPermissions: readonly string[];
  throttleGroup: ThrottleGroup;
  /** `@odata.type` values known for rows (a hint for the unknown-type radar, never a gate). */
  knownODataTypes: readonly string[];
  /** How an answer says that the feature is absent rather than broken. */
  unavailable: readonly UnavailableRule[];
  /** Clouds in which Graph is documented not to offer the type: `gcc-high`, `dod`, `china`. Nothing is asked there. */
  notInClouds: readonly string[];
}

export interface UnavailableRule {
  status: number;
  /** Compared with the innermost Graph error code; absent: any code. */
  code?: string;
  /** Searched for in the innermost message, case-insensitive; only where the code says too little. */
  messageIncludes?: string;
  reason: 'not_licensed' | 'not_configured' | 'not_in_cloud' | 'signed_in_only';
}
