import type { TypeReason } from '../../shared/model/reasons.ts';
import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import type { FailedItem, TypeReading } from '../engine/ports.ts';
import { unavailableReason, type GraphFailure, type GraphFailureKind } from './graph-errors.ts';
import type { ReadMeter } from './read-meter.ts';

/** Where in the reading of a type a request failed. */
export type FailureStage = 'list' | 'item' | 'child';

/** Reasons from the weightiest to the lightest: a type with several is named after the first. */
const reasonOrder: readonly TypeReason[] = [
  'permission_missing',
  'throttled_out',
  'page_guard',
  'list_broken',
  'response_too_large',
  'response_invalid',
  'batch_answer_lost',
  'count_mismatch',
  'child_read_failed',
  'item_failed',
];

const reasonsByKind: Readonly<Partial<Record<GraphFailureKind, TypeReason>>> = {
  permission_missing: 'permission_missing',
  throttled_out: 'throttled_out',
  page_guard: 'page_guard',
  batch_answer_lost: 'batch_answer_lost',
  too_large: 'response_too_large',
  invalid: 'response_invalid',
  count_mismatch: 'count_mismatch',
};

/** The reason that a failed request gives its type or item. */
export function typeReasonOf(failure: GraphFailure, stage: FailureStage): TypeReason {
  return (
    reasonsByKind[failure.kind] ??
    (stage === 'list' ? 'list_broken' : stage === 'child' ? 'child_read_failed' : 'item_failed')
  );
}

const maxFailedItems = 100;

/**
 * Gathers what happened to one policy type and turns it into its reading. A type is complete only when nothing
 * here says otherwise: the list was walked to its end and every row became an item or was deleted meanwhile.
 */
export class TypeTally {
  readonly type: PolicyType;
  readonly meter: ReadMeter;
  captured = 0;
  #listed = 0;
  #gone = 0;
  #isListWhole = false;
  #listFailure: GraphFailure | null = null;
  #announced: number | null = null;
  #notAvailable: TypeReason | null = null;
  readonly #reasons = new Set<TypeReason>();
  #missingPermission: string | null = null;
  readonly #failedItems: FailedItem[] = [];
  #failedItemCount = 0;
  readonly #unknownKinds = new Map<string, { kind: string; value: string; count: number }>();

  constructor(type: PolicyType, meter: ReadMeter) {
    this.type = type;
    this.meter = meter;
  }

  /** Rows known so far that still exist; null before anything is known. */
  get expected(): number | null {
    const listed = Math.max(this.#listed, this.#announced ?? 0) - this.#gone;
    return this.#isListWhole || listed > 0 ? listed : null;
  }

  /** A total that the service names before its rows have come; only where the type has the list to itself. */
  announce(total: number): void {
    this.#announced = total;
  }

  listed(count: number): void {
    this.#listed += count;
  }

  /** A row was deleted between the list and its own read: neither captured nor missing. */
  itemGone(): void {
    this.#gone += 1;
  }

  /** The list was followed to its end. */
  listEnded(walk: { hasCountMismatch: boolean }): void {
    this.#isListWhole = true;
    // The rows are what counts now; with a mismatch the announced number stays beside them.
    if (walk.hasCountMismatch) this.#reasons.add('count_mismatch');
    else this.#announced = null;
  }

  /** The list gave no end. After a page has come, the failure is a fault and never means absence. */
  listFailed(failure: GraphFailure, hasPage: boolean): void {
    this.#listFailure = failure;
    const absent = hasPage ? null : this.#absenceReason(failure);
    if (absent !== null) this.#notAvailable = absent;
    else this.#addReason(typeReasonOf(failure, 'list'), failure, this.type.permission);
  }

  /** The cloud of this tenant does not have the type; nothing was asked. */
  notInCloud(): void {
    this.#notAvailable = 'not_in_cloud';
  }

  itemFailed(item: {
    graphId: string;
    name: string;
    failure: GraphFailure;
    stage: FailureStage;
    permission: string | null;
  }): void {
    const { failure, stage } = item;
    const reason = typeReasonOf(failure, stage);
    this.#addReason(reason, failure, item.permission);
    this.#failedItemCount += 1;
    if (this.#failedItems.length >= maxFailedItems) return;
    this.#failedItems.push({
      graphId: item.graphId,
      name: item.name,
      reason,
      requestId: failure.requestId,
      httpStatus: failure.status,
      message: failure.message,
    });
  }

  unknownKind(kind: string, value: string): void {
    const key = `${kind} ${value}`;
    const seen = this.#unknownKinds.get(key);
    if (seen) seen.count += 1;
    else this.#unknownKinds.set(key, { kind, value, count: 1 });
  }

  reading(): TypeReading {
    const reason = this.#notAvailable ?? this.#weightiestReason();
    const failure = this.#listFailure;
    return {
      typeKey: this.type.key,
      outcome: this.#notAvailable !== null ? 'not_available' : reason === null ? 'complete' : 'incomplete',
      reason,
      expected: this.expected,
      captured: this.captured,
      missingPermission: reason === 'permission_missing' ? this.#missingPermission : null,
      requestId:
        failure?.requestId ??
        (reason === null ? this.meter.lastRequestId : (this.meter.lastFailure?.requestId ?? null)),
      httpStatus: failure?.status ?? (reason === null ? 200 : (this.meter.lastFailure?.status ?? null)),
      requests: this.meter.requests,
      retries: this.meter.retries,
      waitedMs: this.meter.waitedMs,
      failedItems: this.#failedItems,
      failedItemCount: this.#failedItemCount,
      unknownKinds: [...this.#unknownKinds.values()],
    };
  }

  #weightiestReason(): TypeReason | null {
    // The arithmetic has the last word: a type whose numbers disagree is never complete.
    const isWhole = this.#isListWhole && this.captured === this.#listed - this.#gone;
    if (this.#reasons.size === 0 && !isWhole) return this.#isListWhole ? 'item_failed' : 'list_broken';
    return reasonOrder.find((reason) => this.#reasons.has(reason)) ?? null;
  }

  #absenceReason(failure: GraphFailure): TypeReason | null {
    const byRule = unavailableReason(failure, this.type.unavailable);
    if (byRule !== null) return byRule;
    switch (failure.kind) {
      case 'not_licensed':
      case 'not_configured':
      case 'not_in_cloud':
        return failure.kind;
      case 'gone':
        // A singleton that was never set up; a list that is not found is broken, not absent.
        return this.type.shape === 'singleton' ? 'not_configured' : null;
      default:
        return null;
    }
  }

  #addReason(reason: TypeReason, failure: GraphFailure, permission: string | null): void {
    this.#reasons.add(reason);
    if (reason !== 'permission_missing' || this.#missingPermission !== null) return;
    this.#missingPermission = failure.permissions.length > 0 ? failure.permissions.join(' or ') : permission;
  }
}
