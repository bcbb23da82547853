import type { PolicyType } from '../../domain/policy-types/policy-type.ts';
import type { PolicyState } from '../../db/repositories/policies.ts';
import type { RunType } from '../../db/repositories/run-types.ts';
import type { ManifestItem } from '../../snapshot/manifest.ts';
import type { FailedItem, TypeReading } from '../ports.ts';

/** Items listed by name in a run's record of a type; all are counted. */
const listedFailures = 100;

/** What a run holds of one policy type while it reads it. */
export class TypeCapture {
  readonly policyType: PolicyType;
  /** State in the database before the reading, by graph id. */
  readonly former: ReadonlyMap<string, PolicyState>;
  /** Database instant (text) before the first request for the type. */
  readonly readStartedAt: string;
  /** By graph id: an object that was given twice counts once, the later one stands. */
  readonly items = new Map<string, ManifestItem>();
  readonly failedItems: FailedItem[] = [];
  failedCount = 0;
  newBytes = 0;

  constructor(policyType: PolicyType, former: ReadonlyMap<string, PolicyState>, readStartedAt: string) {
    this.policyType = policyType;
    this.former = former;
    this.readStartedAt = readStartedAt;
  }

  get typeKey(): string {
    return this.policyType.key;
  }

  fail(item: FailedItem): void {
    this.items.delete(item.graphId);
    this.failedCount += 1;
    if (this.failedItems.length < listedFailures) this.failedItems.push(item);
  }

  /**
   * The record of the type from what the reader proved and what was really stored. A reading that claims to
   * be complete is so only if every object of it is in the manifest: the green tick is given here.
   */
  conclude(reading: TypeReading, manifest: string | null): RunType {
    const record: RunType = {
      typeKey: this.typeKey,
      outcome: reading.outcome,
      reason: reading.reason,
      missingPermission: reading.missingPermission,
      expected: reading.expected,
      captured: this.items.size,
      failed: reading.failedItemCount + this.failedCount,
      requests: reading.requests,
      retries: reading.retries,
      waitedMs: reading.waitedMs,
      httpStatus: reading.httpStatus,
      requestId: reading.requestId,
      manifest,
      readStartedAt: this.readStartedAt,
      newBytes: this.newBytes,
      failedItems: [...reading.failedItems, ...this.failedItems].slice(0, listedFailures),
      unknownKinds: reading.unknownKinds,
    };
    if (reading.outcome === 'complete') {
      if (this.failedCount > 0) Object.assign(record, { outcome: 'incomplete', reason: 'item_failed' });
      else if (reading.captured !== this.items.size || reading.failedItemCount > 0) {
        Object.assign(record, { outcome: 'incomplete', reason: 'count_mismatch' });
      }
    }
    return record;
  }
}

/** The record of a type that was not read at all. */
export function unreadType(typeKey: string, outcome: 'unknown_type' | 'not_attempted'): RunType {
  return {
    typeKey,
    outcome,
    reason: outcome === 'unknown_type' ? 'type_unknown' : 'run_ended',
    missingPermission: null,
    expected: null,
    captured: 0,
    failed: 0,
    requests: 0,
    retries: 0,
    waitedMs: 0,
    httpStatus: null,
    requestId: null,
    manifest: null,
    readStartedAt: null,
    newBytes: 0,
    failedItems: [],
    unknownKinds: [],
  };
}

/** The reading of a type whose reader failed in an unforeseen way: whatever arrived is kept, nothing is proved. */
export function brokenReading(typeKey: string): TypeReading {
  return {
    typeKey,
    outcome: 'incomplete',
    reason: 'list_broken',
    expected: null,
    captured: 0,
    missingPermission: null,
    requestId: null,
    httpStatus: null,
    requests: 0,
    retries: 0,
    waitedMs: 0,
    failedItems: [],
    failedItemCount: 0,
    unknownKinds: [],
  };
}
