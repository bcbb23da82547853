import type { RunReason } from '../../../shared/model/reasons.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../db/database.ts';
import { isStorageFull } from '../../db/database-errors.ts';
import { readPolicyStates, type PolicyState } from '../../db/repositories/policies.ts';
import {
  carryRunTypes,
  readRunTypes,
  recordTypeChanges,
  type RunType,
  type StoredRunType,
  type TypeChanges,
} from '../../db/repositories/run-types.ts';
import { holdOffSweep } from '../../db/repositories/stored-content.ts';
import { decideRunOutcome, tallyOutcomes, type TypeResult } from '../../domain/run-outcome.ts';
import type { PolicyType } from '../../domain/policy-types/policy-type.ts';
import { collectReferenceIds } from '../../snapshot/reference-ids.ts';
import {
  TenantUnreadableError,
  type Log,
  type TenantReader,
  type TenantReaderFactory,
  type TypeReading,
} from '../ports.ts';
import type { RunCompletion, RunCounts, RunExecutor, RunLease } from '../run-lease.ts';
import { applyRetention } from './apply-retention.ts';
import type { BackupSecrets } from './backup-secrets.ts';
import { compareWithFormerSets } from './compare-with-former-sets.ts';
import { selectPolicyTypes, type PolicyTypeLookup } from './policy-type-lookup.ts';
import { collectStoredReferenceIds, storeReferences } from './references.ts';
import { RunProgressReport } from './run-progress-report.ts';
import { RunWriter } from './run-writer.ts';
import { sealBackupSet } from './seal-backup-set.ts';
import { brokenReading, TypeCapture, unreadType } from './type-capture.ts';

export interface RunExecutorOptions {
  /** The host's login: it writes content, and reads what other runs of the tenant wrote. */
  database: Database;
  readers: TenantReaderFactory;
  policyTypes: PolicyTypeLookup;
  secrets: BackupSecrets;
  clock: Clock;
  log: Log;
  /**
   * Groups of policy types read at the same time in one run; default 12. Some wait for their own pace or for an
   * answer that others depend on; there must be enough beside them to keep the line busy. The reader bounds
   * requests and items itself.
   */
  groupConcurrency?: number;
  /** Largest stable document of one object in bytes; default 50 MiB. Larger ones are failed items. */
  maxItemBytes?: number;
  /** Hours for which the sweep spares content that nothing names; default 24, more than any run lasts. */
  sweepSafetyAgeHours?: number;
}

/** Carries out backups: sync, capture, sealing and, after a good end, retention (architecture, section 5). */
export function createRunExecutor(options: RunExecutorOptions): RunExecutor {
  return {
    execute: (lease) => new BackupRun(lease, options).execute(),
    afterFinish: (run) =>
      applyRetention(run, {
        database: options.database,
        log: options.log,
        sweepSafetyAgeHours: options.sweepSafetyAgeHours ?? 24,
      }),
  };
}

class BackupRun {
  private readonly lease: RunLease;
  private readonly options: RunExecutorOptions;
  private readonly log: Log;
  private readonly results = new Map<string, TypeResult & { captured: number; newBytes: number }>();
  private readonly referenceIds = new Set<string>();
  private readonly progress: RunProgressReport;
  /** Ends the other groups when the whole tenant turned out to be unreadable. */
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private stoppedBy: RunReason | null = null;

  constructor(lease: RunLease, options: RunExecutorOptions) {
    this.lease = lease;
    this.options = options;
    this.log = options.log.child({ runId: lease.runId, tenantId: lease.tenantId });
    this.progress = new RunProgressReport((progress) => lease.reportProgress(progress));
    this.signal = AbortSignal.any([lease.signal, this.stop.signal]);
  }

  /**
   * Reads every policy type that is asked for and still open, and answers how the run ends. What concerns one
   * item or one type becomes an outcome. Bugs, a lost lease and an abort are thrown: the run worker knows
   * what to make of them.
   */
  async execute(): Promise<RunCompletion> {
    const startedMs = this.options.clock.monotonicMs();
    try {
      const { reader, reused } = await this.readTypes();
      const readMs = Math.round(this.options.clock.monotonicMs() - startedMs);
      const completion = await this.complete(reader, reused);
      this.log.info(
        { readMs, state: completion.state, counts: completion.counts },
        'The policy types were read',
      );
      return completion;
    } catch (error) {
      this.lease.signal.throwIfAborted();
      if (!isStorageFull(error)) throw error;
      this.log.error({ err: error }, 'The database has no space left');
      return { state: 'failed', reason: 'storage_full', errorCode: null, counts: this.counts(noChanges) };
    }
  }

  private async readTypes(): Promise<{ reader: TenantReader | null; reused: StoredRunType[] }> {
    const { lease, options } = this;
    const { known, unknown } = selectPolicyTypes(options.policyTypes, lease.spec.policyTypes);
    const reused = await this.reuseFinished([...known.map((type) => type.key), ...unknown]);
    const open = known.filter((type) => !this.results.has(type.key));
    this.progress.start(known.length + unknown.length, this.results.size);
    const writer = new RunWriter({
      lease,
      secrets: options.secrets,
      database: options.database,
      fingerprintKey: await options.secrets.fingerprintKey(lease.tenantId),
      maxItemBytes: options.maxItemBytes ?? 50 * 1024 * 1024,
    });
    await Promise.all(
      unknown
        .filter((key) => !this.results.has(key))
        .map(async (key) => {
          lease.recordEvent({
            level: 'warning',
            code: 'type_unknown',
            typeKey: key,
            message: 'This version does not know the policy type.',
          });
          this.keep(await writer.record(unreadType(key, 'unknown_type')));
        }),
    );
    const reader = open.length > 0 || reused.length > 0 ? await this.openTenant() : null;
    if (reader !== null) await this.readGroups(reader, open, writer);
    await Promise.all(
      open
        .filter((type) => !this.results.has(type.key))
        .map(async (type) => this.keep(await writer.record(unreadType(type.key, 'not_attempted')))),
    );
    return { reader, reused };
  }

  /**
   * A second attempt goes on from what the first one finished less than an hour ago, a retry of failed types from
   * what the partial run before it has complete. Whoever asked for that retry was told that those types keep the
   * time at which they were read.
   */
  private async reuseFinished(asked: readonly string[]): Promise<StoredRunType[]> {
    const { lease, options } = this;
    const { carriesFrom, tenantId } = lease;
    if (carriesFrom !== null) {
      await lease.fenced(async (tx) => {
        await holdOffSweep(tx, tenantId);
        await carryRunTypes(tx, { runId: lease.runId, tenantId, carriesFrom }, asked);
      });
    } else if (lease.attempt === 1) return [];
    const stored = await readRunTypes(options.database, tenantId, lease.runId);
    const reused = stored.filter(
      (type) =>
        asked.includes(type.typeKey) &&
        (type.fresh || type.carried) &&
        (type.outcome === 'complete' || type.outcome === 'not_available'),
    );
    for (const type of reused) this.results.set(type.typeKey, type);
    const carried = reused.filter((type) => type.carried).length;
    if (carried > 0) {
      lease.recordEvent({
        level: 'info',
        code: 'types_carried',
        typeKey: null,
        message: 'The complete policy types of the retried run are taken over; the others are read.',
        detail: { types: carried, run: carriesFrom },
      });
    }
    if (reused.length > carried) {
      this.lease.recordEvent({
        level: 'info',
        code: 'types_reused',
        typeKey: null,
        message: 'The second attempt goes on from the policy types that the first one finished.',
        detail: { types: reused.length - carried },
      });
    }
    return reused;
  }

  private async openTenant(): Promise<TenantReader | null> {
    try {
      return await this.options.readers.open(this.lease.tenantId, this.signal);
    } catch (error) {
      if (!(error instanceof TenantUnreadableError)) throw error;
      this.stopFor(error);
      return null;
    }
  }

  private stopFor(error: TenantUnreadableError): void {
    if (this.stoppedBy !== null) return;
    this.stoppedBy = error.reason;
    this.log.warn({ err: error, reason: error.reason }, 'The tenant cannot be read');
    this.lease.recordEvent({
      level: 'error',
      code: error.reason,
      typeKey: null,
      message: 'The tenant cannot be read.',
    });
    this.stop.abort(error);
  }

  private async readGroups(
    reader: TenantReader,
    open: readonly PolicyType[],
    writer: RunWriter,
  ): Promise<void> {
    const byKey = new Map(open.map((type) => [type.key, type]));
    const groups = reader.groups([...byKey.keys()]);
    let next = 0;
    const worker = async () => {
      while (next < groups.length && !this.stop.signal.aborted) {
        const group = groups[next]!;
        next += 1;
        try {
          await this.readGroup(
            reader,
            group.map((key) => byKey.get(key)!),
            writer,
          );
        } catch (error) {
          // What gets this far ends the run: the other groups need not read on.
          this.stop.abort(error);
          throw error;
        }
      }
    };
    const concurrency = Math.min(groups.length, this.options.groupConcurrency ?? 12);
    const ended = await Promise.allSettled(Array.from({ length: concurrency }, worker));
    const failed = ended.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private async readGroup(
    reader: TenantReader,
    types: readonly PolicyType[],
    writer: RunWriter,
  ): Promise<void> {
    const { lease, options, progress } = this;
    lease.signal.throwIfAborted();
    const keys = types.map((type) => type.key);
    const { at, states } = await readPolicyStates(options.database, lease.tenantId, keys);
    const captures = new Map(
      types.map((type) => [type.key, new TypeCapture(type, formerOf(states, type.key), at)]),
    );
    let readings: TypeReading[];
    try {
      readings = await reader.read(
        keys,
        {
          item: async (item) => {
            const capture = captures.get(item.typeKey);
            if (!capture)
              throw new Error(`The reader gave an object of ${item.typeKey}, which was not asked for.`);
            collectReferenceIds(item.document, this.referenceIds);
            await writer.add(capture, item);
          },
          event: (event) => lease.recordEvent(event),
          progress: (step) => progress.step(step),
        },
        this.signal,
      );
    } catch (error) {
      lease.signal.throwIfAborted();
      if (writer.failure !== null) throw writer.failure;
      // The group's types keep no outcome; they are recorded as not attempted together with all others.
      if (error instanceof TenantUnreadableError) return this.stopFor(error);
      if (this.stop.signal.aborted) return;
      // One broken reader is one incomplete group. The rest goes on.
      this.log.error({ err: error, types: keys }, 'The reading of policy types failed unexpectedly');
      lease.recordEvent({
        level: 'error',
        code: 'internal',
        typeKey: keys[0] ?? null,
        message: 'The reading of these policy types failed unexpectedly.',
        detail: { types: keys.join(', ') },
      });
      readings = keys.map(brokenReading);
    }
    const byKey = new Map(readings.map((reading) => [reading.typeKey, reading]));
    await Promise.all(
      keys.map(async (key) => {
        // A type without an answer is not "none": the reader owes one reading for each key.
        this.keep(await writer.finish(captures.get(key)!, byKey.get(key) ?? brokenReading(key)));
      }),
    );
  }

  private keep(record: RunType): void {
    this.results.set(record.typeKey, record);
    this.progress.done(record.typeKey);
  }

  private async complete(
    reader: TenantReader | null,
    reused: readonly StoredRunType[],
  ): Promise<RunCompletion> {
    const { lease, options } = this;
    const outcome = decideRunOutcome([...this.results.values()], this.stoppedBy);
    if (outcome.state === 'failed') {
      return { ...outcome, errorCode: null, counts: this.counts(noChanges) };
    }
    await collectStoredReferenceIds(options.database, lease.tenantId, reused, this.referenceIds);
    const references = await storeReferences({
      lease,
      database: options.database,
      reader: this.stoppedBy === null ? reader : null,
      ids: [...this.referenceIds],
      typeKeys: [...this.results].flatMap(([key, type]) => (type.outcome === 'complete' ? [key] : [])),
      log: this.log,
    });
    const changes = await compareWithFormerSets(options.database, lease);
    const counts = this.counts(changes);
    counts.newBytes += references.newBytes;
    return {
      ...outcome,
      errorCode: null,
      counts,
      seal: async (tx) => {
        await recordTypeChanges(tx, lease.tenantId, lease.runId, changes.byType);
        return await sealBackupSet(tx, {
          lease,
          complete: outcome.state === 'succeeded',
          counts,
          references: references.sha256,
        });
      },
    };
  }

  private counts({ added, changed, removed }: TypeChanges): RunCounts {
    const results = [...this.results.values()];
    const tally = tallyOutcomes(results);
    return {
      types: {
        complete: tally.complete,
        incomplete: tally.incomplete,
        notAvailable: tally.not_available,
        unknown: tally.unknown_type,
        notAttempted: tally.not_attempted,
      },
      items: results.reduce((sum, result) => sum + result.captured, 0),
      added,
      changed,
      removed,
      newBytes: results.reduce((sum, result) => sum + result.newBytes, 0),
    };
  }
}

const noChanges: TypeChanges = { added: 0, changed: 0, removed: 0 };

function formerOf(states: readonly PolicyState[], typeKey: string): Map<string, PolicyState> {
  return new Map(states.filter((state) => state.typeKey === typeKey).map((state) => [state.graphId, state]));
}
