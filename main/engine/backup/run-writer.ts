import { AppError, isAppError } from '../../../shared/errors.ts';
import type { Sql } from '../../db/database.ts';
import { databaseErrorCode } from '../../db/database-errors.ts';
import { showableText } from '../../db/repositories/policies.ts';
import type { RunType } from '../../db/repositories/run-types.ts';
import { manifestItem } from '../../snapshot/manifest.ts';
import { packBytes } from '../../snapshot/stored-bytes.ts';
import { splitDocument } from '../../snapshot/split-document.ts';
import type { CapturedItem, TypeReading } from '../ports.ts';
import type { RunLease } from '../run-lease.ts';
import type { BackupSecrets } from './backup-secrets.ts';
import { sealNewSecrets } from './seal-new-secrets.ts';
import type { TypeCapture } from './type-capture.ts';
import { writeBatch, type Ending, type PendingItem } from './write-batch.ts';

/** Objects and bytes of one transaction: well under the five seconds that a heartbeat may wait (S3). */
const batchItems = 250;
const batchBytes = 4 * 1024 * 1024;

const foreignKeyViolation = '23503';

type PendingFinish = Ending & { resolve: (record: RunType) => void; reject: (error: unknown) => void };

/**
 * The only writer of one run. Objects and finished types are collected and written in fenced transactions of
 * bounded size, one after the other; while one is under way the next fills up, so many small types share a
 * commit. Nothing is written per object.
 */
export class RunWriter {
  private readonly lease: RunLease;
  private readonly secrets: BackupSecrets;
  private readonly database: Sql;
  private readonly fingerprintKey: Uint8Array;
  private readonly maxItemBytes: number;
  private items: PendingItem[] = [];
  private bytes = 0;
  private finishes: PendingFinish[] = [];
  private pump: Promise<void> | null = null;
  /** The first error that ended writing for good; every later call is answered with it. */
  failure: unknown = null;

  constructor(parts: {
    lease: RunLease;
    secrets: BackupSecrets;
    database: Sql;
    fingerprintKey: Uint8Array;
    maxItemBytes: number;
  }) {
    this.lease = parts.lease;
    this.secrets = parts.secrets;
    this.database = parts.database;
    this.fingerprintKey = parts.fingerprintKey;
    this.maxItemBytes = parts.maxItemBytes;
  }

  /**
   * Takes one whole object. Waits while more than one batch is pending: that is the reader's back-pressure.
   * An object that cannot be kept makes its type incomplete and nothing else.
   */
  async add(capture: TypeCapture, item: CapturedItem): Promise<void> {
    this.throwIfFailed();
    const { graphId, name } = item;
    try {
      refuseUnusableId(graphId);
      const split = splitDocument(item.document, capture.policyType, {
        fingerprintKey: this.fingerprintKey,
        maxBytes: this.maxItemBytes,
      });
      capture.items.set(graphId, manifestItem(graphId, name, split));
      this.items.push({ capture, graphId, name, split });
      this.bytes += split.stable.length;
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.failItem(
        capture,
        item,
        error.code === 'response_too_large' ? error.code : 'response_invalid',
        error.message,
      );
      return;
    }
    while (this.failure === null && (this.items.length >= batchItems || this.bytes >= batchBytes)) {
      await this.start();
    }
    this.throwIfFailed();
  }

  /** Ends a type after its last object: stores its manifest and its record in one transaction. */
  finish(capture: TypeCapture, reading: TypeReading): Promise<RunType> {
    return this.enqueue({ capture, reading });
  }

  /** Records a type that was not read. */
  record(record: RunType): Promise<RunType> {
    return this.enqueue({ capture: null, record });
  }

  private enqueue(ending: Ending): Promise<RunType> {
    return new Promise((resolve, reject) => {
      this.throwIfFailed();
      this.finishes.push({ ...ending, resolve, reject });
      // Failures reach every pending finish; the pump itself never rejects.
      void this.start();
    });
  }

  private throwIfFailed(): void {
    if (this.failure !== null) throw this.failure;
  }

  private start(): Promise<void> {
    this.pump ??= this.drain().finally(() => {
      this.pump = null;
    });
    return this.pump;
  }

  private async drain(): Promise<void> {
    while (this.failure === null && (this.items.length > 0 || this.finishes.length > 0)) {
      const items = this.takeItems();
      // A type's objects come before its end: ends are taken only when no object is left waiting.
      const finishes = this.items.length === 0 ? this.finishes.splice(0) : [];
      try {
        const records = await this.write(items, finishes);
        finishes.forEach((finish, index) => finish.resolve(records[index]!));
      } catch (error) {
        this.failure = error;
        for (const finish of [...finishes, ...this.finishes.splice(0)]) finish.reject(error);
        this.items = [];
        this.bytes = 0;
      }
    }
  }

  private takeItems(): PendingItem[] {
    let bytes = 0;
    let count = 0;
    while (count < this.items.length && count < batchItems && bytes < batchBytes) {
      bytes += this.items[count]!.split.stable.length;
      count += 1;
    }
    this.bytes -= bytes;
    return this.items.splice(0, count);
  }

  private async write(items: PendingItem[], finishes: PendingFinish[]): Promise<RunType[]> {
    try {
      return await this.commit(items, finishes);
    } catch (error) {
      if (!isItsOwnFault(error)) throw error;
    }
    // One object of the batch is the culprit: written alone, only that one fails.
    for (const item of items) {
      try {
        await this.commit([item], []);
      } catch (error) {
        if (!isItsOwnFault(error)) throw error;
        this.failItem(item.capture, item, 'item_failed', 'The database refused the object.');
      }
    }
    return this.commit([], finishes);
  }

  /** One fenced transaction; the lease sends it again when the database was away. */
  private async commit(
    items: readonly PendingItem[],
    finishes: readonly PendingFinish[],
  ): Promise<RunType[]> {
    const altered = await Promise.all(
      items.filter(isAltered).map(async (item) => ({ ...item, packed: await packBytes(item.split.stable) })),
    );
    for (let attempt = 1; ; attempt += 1) {
      const sealed = await sealNewSecrets(
        this.database,
        this.secrets,
        this.lease.tenantId,
        altered.flatMap((item) => item.split.secrets),
      );
      try {
        const written = await this.lease.fenced((tx) =>
          writeBatch(tx, this.lease, altered, sealed, finishes),
        );
        // Counted after the commit: what was rolled back and sent again was not added.
        for (const [capture, bytes] of written.added) capture.newBytes += bytes;
        return written.records;
      } catch (error) {
        // A sweep took a sealed value that nobody used any more just before we did: seal it again.
        if (attempt === 3 || databaseErrorCode(error) !== foreignKeyViolation) throw error;
      }
    }
  }

  private failItem(
    capture: TypeCapture,
    item: { graphId: string; name: string },
    reason: 'item_failed' | 'response_invalid' | 'response_too_large',
    message: string,
  ): void {
    const { graphId, name } = item;
    capture.fail({ graphId, name, reason, requestId: null, httpStatus: null, message });
    this.lease.recordEvent({
      level: 'warning',
      code: 'item_failed',
      typeKey: capture.typeKey,
      message,
      detail: { reason, graphId: showableText(graphId, 200), name: showableText(name, 200) },
    });
  }
}

/** Ids are keys of rows: what Postgres cannot hold as text, or not in an index, is no id. */
function refuseUnusableId(graphId: string): void {
  if (graphId === '' || graphId.length > 500 || graphId.includes('\0') || !graphId.isWellFormed()) {
    throw new AppError('response_invalid', 'The object has an id that cannot be stored.');
  }
}

/** An object whose row and payload are as the last run left them needs no statement at all. */
function isAltered({ capture, graphId, split, name }: PendingItem): boolean {
  const former = capture.former.get(graphId);
  return !former || former.deleted || former.hash !== split.sha256 || former.name !== showableText(name);
}

/** Data exceptions (class 22) and program limits (class 54) lie in the row; all else lies outside it. */
function isItsOwnFault(error: unknown): boolean {
  const code = databaseErrorCode(error);
  return code !== null && (code.startsWith('22') || code.startsWith('54'));
}
