import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import { AppError } from '../../shared/errors.ts';
import type { Counters, RequestCounters } from './counters.ts';
import type { FaultBoard, FaultSpec, StandingFault } from './faults.ts';
import type { Latency } from './http-hosts.ts';
import { isRecord, recordsOf, textOf } from './json.ts';
import type { JsonRecord } from './json.ts';
import {
  applyRound,
  addObjects,
  changeObject,
  removeObject,
  setCount,
  setChildCount,
} from './data/mutations.ts';
import type { RoundSummary } from './data/mutations.ts';
import { createRandom } from './random.ts';
import { leastReads, objectsOfType } from './expectations.ts';
import type { ExpectedObject, LeastReads } from './expectations.ts';
import { childKey, permissionsOf } from './routes.ts';
import { collectionPart } from './tenant.ts';
import type { SimulatedTenant, StoredPart, Unavailability } from './tenant.ts';
import type { Throttle, ThrottleLimits } from './throttle.ts';
import type { TokenEndpoint } from './token-endpoint.ts';
import { isTokenRefusal } from './token-errors.ts';

/**
 * Steers a running simulator: in the same process as this object, in another by
 * `POST /_simulator/<method>` on the Graph host with the arguments as a JSON array and the header
 * `x-simulator-key`. Tenants are named by name or id, types by key.
 */
export class SimulatorControl {
  readonly #parts: {
    tenants: ReadonlyMap<string, SimulatedTenant>;
    types: readonly PolicyType[];
    faults: FaultBoard;
    counters: RequestCounters;
    throttle: Throttle;
    tokens: TokenEndpoint;
    latency: Latency;
    seed: number;
  };

  constructor(parts: {
    tenants: ReadonlyMap<string, SimulatedTenant>;
    types: readonly PolicyType[];
    faults: FaultBoard;
    counters: RequestCounters;
    throttle: Throttle;
    tokens: TokenEndpoint;
    latency: Latency;
    seed: number;
  }) {
    this.#parts = parts;
  }

  /** What was asked for since the start or the last reset. */
  readCounters(): Counters {
    return this.#parts.counters.read();
  }

  resetCounters(): void {
    this.#parts.counters.reset();
  }

  /** The fewest Graph reads with which these types can be read whole from a tenant as it is now. */
  leastReads(tenant: string, typeKeys: readonly string[]): LeastReads {
    return leastReads(
      this.#tenant(tenant),
      typeKeys.map((key) => this.#type(key)),
      this.#parts.types,
    );
  }

  /** Sets a fault (an object, or text as for `--fault`) and answers its id. */
  setFault(fault: FaultSpec | string): string {
    return this.#parts.faults.set(fault);
  }

  /** Clears one fault, or all. */
  clearFaults(id?: string): void {
    this.#parts.faults.clear(id);
  }

  listFaults(): readonly StandingFault[] {
    return this.#parts.faults.list();
  }

  setLatency(meanMs: number, spreadMs = 0): void {
    Object.assign(this.#parts.latency, { meanMs, spreadMs });
  }

  /** Switches throttling, or replaces some limits. */
  setThrottle(setting: boolean | Partial<ThrottleLimits>): void {
    if (typeof setting === 'boolean') this.#parts.throttle.enabled = setting;
    else this.#parts.throttle.limits = { ...this.#parts.throttle.limits, ...setting };
  }

  setTokenLifetime(seconds: number): void {
    this.#parts.tokens.expiresInSeconds = seconds;
  }

  /** Makes all issued tokens worthless at once. */
  revokeTokens(): void {
    this.#parts.tokens.revokeAll();
  }

  /**
   * Ends the sign-in of the person of a tenant by the refusal of that name, such as `token-sign-in-ended` or
   * `token-interaction-required`; null: refresh tokens are good again.
   */
  endSignIns(tenant: string, refusal: string | null): void {
    if (refusal !== null && !isTokenRefusal(refusal)) {
      throw new AppError('simulator_refusal_unknown', `There is no refusal called ${refusal}.`);
    }
    this.#parts.tokens.persons.end(this.#tenant(tenant).tenantGuid, refusal);
  }

  /** How sign-ins of persons go: whether a used refresh token dies, and life and pace of device codes. */
  setSignIns(settings: { strictRotation?: boolean; deviceCodeSeconds?: number; pollSeconds?: number }): void {
    const { persons } = this.#parts.tokens;
    persons.strictRotation = settings.strictRotation ?? persons.strictRotation;
    persons.deviceCodeLifetimeSeconds = settings.deviceCodeSeconds ?? persons.deviceCodeLifetimeSeconds;
    persons.devicePollSeconds = settings.pollSeconds ?? persons.devicePollSeconds;
  }

  /** Whether the app registrations of a tenant allow public client flows. */
  setPublicClient(tenant: string, isAllowed: boolean): void {
    for (const app of this.#tenant(tenant).apps.values()) app.publicClient = isAllowed;
  }

  /** Every refresh token given out so far, for looking where none may be. */
  issuedRefreshTokens(): string[] {
    return this.#parts.tokens.persons.issuedRefreshTokens();
  }

  /** Takes an application permission away from a tenant's apps; tokens already issued keep it. */
  revokePermission(tenant: string, permission: string): void {
    for (const app of this.#tenant(tenant).apps.values()) app.roles.delete(permission);
  }

  /** Types that a tenant refuses because none of its apps holds a permission for them. */
  deniedTypes(tenant: string): string[] {
    const held = new Set([...this.#tenant(tenant).apps.values()].flatMap((app) => [...app.roles]));
    return this.#parts.types
      .filter((type) => !permissionsOf(type).some((permission) => held.has(permission)))
      .map((type) => type.key);
  }

  grantPermission(tenant: string, permission: string): void {
    for (const app of this.#tenant(tenant).apps.values()) app.roles.add(permission);
  }

  /** Says that a tenant cannot serve a type; null makes it available again. */
  setUnavailable(tenant: string, typeKey: string, why: Unavailability | null): void {
    const { listPath } = this.#type(typeKey);
    if (why === null) this.#tenant(tenant).unavailable.delete(listPath);
    else this.#tenant(tenant).unavailable.set(listPath, why);
  }

  /** False: the tenant has no Intune licence. */
  setIntune(tenant: string, isLicensed: boolean): void {
    this.#tenant(tenant).intune = isLicensed;
  }

  /** Whole objects of a type as the tenant holds them, children merged in under their names. */
  objects(tenant: string, typeKey: string): ExpectedObject[] {
    return objectsOfType(this.#tenant(tenant), this.#type(typeKey), this.#sharing(typeKey));
  }

  /** Adds new objects to a type's list and answers their ids. */
  addObjects(tenant: string, typeKey: string, count = 1): string[] {
    return addObjects(this.#tenant(tenant), this.#sharing(typeKey), count, this.#parts.seed);
  }

  /** Adds one object as given, children under their names in `parts` (arrays of rows, or one object). */
  putObject(tenant: string, typeKey: string, body: JsonRecord, parts: JsonRecord = {}): void {
    const holder = this.#tenant(tenant);
    const type = this.#type(typeKey);
    const id = textOf(body, type.identityProperty ?? 'id');
    const others = (holder.collections.get(type.listPath) ?? []).filter((object) => object.id !== id);
    const object = { id, body, parts: partsFrom(parts) };
    holder.collections.set(type.listPath, type.shape === 'singleton' ? [object] : [...others, object]);
  }

  /** Says that some properties of an object hold values newer than the published enumerations. */
  setEvolving(tenant: string, typeKey: string, id: string, properties: readonly string[]): void {
    const holder = this.#tenant(tenant);
    const { listPath } = this.#type(typeKey);
    const objects = (holder.collections.get(listPath) ?? []).map((object) =>
      object.id === id ? { ...object, evolving: properties } : object,
    );
    holder.collections.set(listPath, objects);
  }

  /** Changes the content of an object (not only its volatile values). */
  changeObject(tenant: string, typeKey: string, id: string, changes?: JsonRecord): void {
    changeObject(this.#tenant(tenant), this.#type(typeKey), id, changes);
  }

  removeObject(tenant: string, typeKey: string, id: string): void {
    removeObject(this.#tenant(tenant), this.#type(typeKey), id);
  }

  /** Gives a type's list exactly so many objects. */
  setCount(tenant: string, typeKey: string, count: number): void {
    setCount(this.#tenant(tenant), this.#sharing(typeKey), count, this.#parts.seed);
  }

  /** Gives one child list of an object exactly so many rows. */
  setChildCount(tenant: string, typeKey: string, id: string, child: string, count: number): void {
    setChildCount(this.#tenant(tenant), this.#type(typeKey), id, child, count);
  }

  /** Changes only volatile values (dates, versions, sync states) of all objects of a type, or of all types. */
  touchVolatile(tenant: string, typeKey?: string): number {
    const types = typeKey === undefined ? this.#parts.types : [this.#type(typeKey)];
    let touched = 0;
    const holder = this.#tenant(tenant);
    for (const [listPath, sharing] of Map.groupBy(types, (type) => type.listPath)) {
      const volatile = new Set(sharing.flatMap((type) => type.volatileProperties));
      const objects = (holder.collections.get(listPath) ?? []).map((object) => {
        const body = { ...object.body };
        for (const property of ['lastModifiedDateTime', 'modifiedDateTime', 'version', 'lastSyncDateTime']) {
          const value = body[property];
          if (!volatile.has(property) || value === undefined) continue;
          touched++;
          body[property] = typeof value === 'number' ? value + 1 : '2026-02-02T02:02:02.0000000Z';
        }
        return { ...object, body };
      });
      holder.collections.set(listPath, objects);
    }
    return touched;
  }

  /** Serves lists in another order, as Graph may at any time; content stays. */
  reorder(tenant: string, typeKey?: string): void {
    const holder = this.#tenant(tenant);
    const random = createRandom(this.#parts.seed + holder.name.length);
    const paths = typeKey === undefined ? [...holder.collections.keys()] : [this.#type(typeKey).listPath];
    for (const path of paths)
      holder.collections.set(path, random.shuffle(holder.collections.get(path) ?? []));
  }

  /** One round of a demo: known numbers of changes, additions and removals in all tenants but one. */
  applyRound(round: number): RoundSummary[] {
    return applyRound([...this.#parts.tenants.values()], this.#parts.types, round, this.#parts.seed);
  }

  #tenant(nameOrId: string): SimulatedTenant {
    for (const tenant of this.#parts.tenants.values()) {
      if (tenant.name === nameOrId || tenant.tenantGuid === nameOrId) return tenant;
    }
    throw new AppError('simulator_tenant_unknown', `The simulator has no tenant "${nameOrId}".`);
  }

  #type(key: string): PolicyType {
    const type = this.#parts.types.find((each) => each.key === key);
    if (!type) throw new AppError('simulator_type_unknown', `The simulator has no policy type "${key}".`);
    return type;
  }

  #sharing(key: string): PolicyType[] {
    const type = this.#type(key);
    const others = this.#parts.types.filter((each) => each !== type && each.listPath === type.listPath);
    return [type, ...others];
  }

  /** The children of a type by the keys under which the simulator holds them. */
  childKeys(typeKey: string): string[] {
    const type = this.#type(typeKey);
    return type.children.flatMap((child) => childKey(type, child.path) ?? []).filter((key) => key !== '');
  }
}

function partsFrom(parts: JsonRecord): Map<string, StoredPart> {
  return new Map(
    Object.entries(parts).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? collectionPart(recordsOf(value))
        : { kind: 'single', body: isRecord(value) ? value : null },
    ]),
  );
}
