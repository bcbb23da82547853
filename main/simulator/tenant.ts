import type { KeyObject } from 'node:crypto';
import type { JsonRecord } from './json.ts';

/** An object as a tenant holds it: its whole body, and what hangs below its path. */
export interface StoredObject {
  id: string;
  body: JsonRecord;
  /** Top-level properties whose value is newer than the published enumeration: read as `unknownFutureValue`
   * without `Prefer: include-unknown-enum-members`. */
  evolving?: readonly string[];
  /** By path below the object, such as `assignments` or `file/localizations`. */
  parts: Map<string, StoredPart>;
}

export type StoredPart =
  { kind: 'collection'; objects: readonly StoredObject[] } | { kind: 'single'; body: JsonRecord | null };

/** Why a tenant cannot serve a type at all. */
export type Unavailability = 'notLicensed' | 'notConfigured' | 'premiumNeeded';

export interface AppRegistration {
  clientId: string;
  secrets: string[];
  /** Secrets that were right once. */
  expiredSecrets: string[];
  certificates: { thumbprintSha256: string; thumbprintSha1: string; publicKey: KeyObject }[];
  /** Application permissions that an administrator consented to: the `roles` claim of its tokens. */
  roles: Set<string>;
  disabled: boolean;
  /** False: the registration does not allow public client flows, so no person can sign in through it. */
  publicClient?: boolean;
}

export interface SimulatedTenant {
  name: string;
  tenantGuid: string;
  apps: Map<string, AppRegistration>;
  /** By list path without version; a singleton is a collection of at most one object. Lists are replaced, never changed in place. */
  collections: Map<string, readonly StoredObject[]>;
  /** Objects that directoryObjects/getByIds can name, by id, with `@odata.type`. */
  directory: Map<string, JsonRecord>;
  /** False: no Intune licence, so every deviceManagement and deviceAppManagement call fails alike. */
  intune: boolean;
  /** By list path. */
  unavailable: Map<string, Unavailability>;
  /** Users, which decides the directory's throttling class. */
  users: number;
}

/** Makes an object without parts. */
export function storedObject(id: string, body: JsonRecord): StoredObject {
  return { id, body, parts: new Map() };
}

/** Rows below a path as a part; each body has an `id`, or is known by its position. */
export function collectionPart(bodies: readonly JsonRecord[]): StoredPart {
  return {
    kind: 'collection',
    objects: bodies.map((body, index) =>
      storedObject(typeof body['id'] === 'string' ? body['id'] : String(index), body),
    ),
  };
}

/** A tenant without objects or apps. */
export function createTenant(name: string, tenantGuid: string, users = 120): SimulatedTenant {
  return {
    name,
    tenantGuid,
    apps: new Map(),
    collections: new Map(),
    directory: new Map(),
    intune: true,
    unavailable: new Map(),
    users,
  };
}
