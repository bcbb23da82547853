/**
 * What the engine needs from the outside. The engine knows the domain, the database and the audit log, and
 * these ports; it has never heard of Electron, HTTP or IPC. `main/composition.ts` fills them.
 */
import type { AccessState } from '../../shared/model/access-states.ts';
import type { RunReason, TypeReason } from '../../shared/model/reasons.ts';
import type { TypeOutcome } from '../../shared/model/run-states.ts';
import type { AlertChannel } from '../db/repositories/alert-channels.ts';
import type { ClaimedMessage } from '../db/repositories/alerts.ts';
import type { JsonObject } from '../snapshot/json-value.ts';

/** Structured log; every adapter scrubs values before a line leaves the process. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/** One object as Microsoft Graph gave it, with its children merged in under their names. */
export interface CapturedItem {
  typeKey: string;
  graphId: string;
  name: string;
  document: JsonObject;
}

/** Something worth telling while a run goes on: a wait, a retry, a page, a failed item. Holds no secrets. */
export interface ReadEvent {
  level: 'info' | 'warning' | 'error';
  code: string;
  typeKey: string | null;
  message: string;
  detail?: Record<string, string | number | boolean | null>;
}

/** The proof, or the lack of it, for one policy type of one run. */
export interface TypeReading {
  typeKey: string;
  outcome: TypeOutcome;
  reason: TypeReason | null;
  /** Rows the service announced or listed; null where it says nothing before failing. */
  expected: number | null;
  captured: number;
  /** Named permission for `permission_missing`; otherwise null. */
  missingPermission: string | null;
  /** Last relevant Graph request id and HTTP status, for support. */
  requestId: string | null;
  httpStatus: number | null;
  requests: number;
  retries: number;
  waitedMs: number;
  /** Items that could not be read whole; at most 100 are listed, `failedItemCount` counts all. */
  failedItems: readonly FailedItem[];
  failedItemCount: number;
  /** Unknown `@odata.type`, template family or platform values seen, with how many rows carried them. */
  unknownKinds: readonly { kind: string; value: string; count: number }[];
}

export interface FailedItem {
  graphId: string;
  name: string;
  reason: TypeReason;
  requestId: string | null;
  httpStatus: number | null;
  message: string;
}

export interface PolicyReadSink {
  /** Takes one whole item; awaiting it is the back-pressure. Never called again for an item that failed. */
  item(item: CapturedItem): Promise<void>;
  event(event: ReadEvent): void;
  /** Called often while reading: how many items of a type are known and done. */
  progress(progress: { typeKey: string; expected: number | null; captured: number }): void;
}

/**
 * Reads one tenant. All policy types of a call that share a Graph list are fed from one fetch. Answers one
 * reading per key asked for, in the order asked; an unknown key is an outcome, never a throw. Throws only
 * when the whole tenant cannot be read (`TenantUnreadableError`) or the signal is aborted.
 */
export interface PolicyReader {
  read(typeKeys: readonly string[], sink: PolicyReadSink, signal: AbortSignal): Promise<TypeReading[]>;
}

/** Names of objects that others refer to, so that a set stays readable after they are deleted. */
export interface ReferenceResolver {
  resolve(
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<Map<string, { kind: string; name: string; detail: JsonObject }>>;
}

export interface TenantReader extends PolicyReader, ReferenceResolver {
  /** Type keys grouped so that each group shares one list; the unit of parallel work. */
  groups(typeKeys: readonly string[]): string[][];
}

/** Opens a tenant for reading with the credential that this host can unseal. */
export interface TenantReaderFactory {
  /** Tenants whose credential this host has really opened (a trial decryption, not a guess). */
  openableTenantIds(): Promise<string[]>;
  open(tenantId: string, signal: AbortSignal): Promise<TenantReader>;
}

/** What one small request showed of a policy type. */
export interface AccessedType {
  typeKey: string;
  state: AccessState;
  /** Permissions any one of which would do; only for `permission_missing`. */
  permissions: readonly string[];
  requestId: string | null;
  httpStatus: number | null;
}

/** What an access check showed of a tenant that could be signed in to. */
export interface AccessOutcome {
  /** Null when it may not be read. */
  organizationName: string | null;
  missingPermissions: readonly string[];
  consentUrl: string;
  types: readonly AccessedType[];
}

/**
 * Signs in anew and tries what a backup would read, with the credential in force or with a proposed one. Throws
 * `AppError` when the tenant cannot be read at all.
 */
export interface AccessProbe {
  check(what: { tenantId: string; candidateId: string | null }, signal: AbortSignal): Promise<AccessOutcome>;
}

/** The whole tenant cannot be read: sign-in refused, consent missing, service unreachable. */
export class TenantUnreadableError extends Error {
  override readonly name = 'TenantUnreadableError';
  readonly reason: RunReason;
  constructor(reason: RunReason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}

/** Delivers messages over one channel. */
export interface AlertSender<Secret = unknown> {
  /** The channel's secret, opened; null when this host's key is not among those it was sealed to. */
  open(channel: AlertChannel & { sealed: Uint8Array }): Promise<Secret | null>;
  /**
   * Sends all messages as one. Resolves when the other side has taken it. Rejects with an `AppError` whose sentence
   * says what to mend and holds no secret.
   */
  send(
    channel: AlertChannel,
    secret: Secret,
    messages: readonly ClaimedMessage[],
    signal: AbortSignal,
  ): Promise<void>;
}
