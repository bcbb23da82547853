import type { Clock } from '../clock.ts';
import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import { TenantUnreadableError, type PolicyReadSink, type TypeReading } from '../engine/ports.ts';
import { isJsonObject, type JsonObject } from '../snapshot/json-value.ts';
import type { CloudName } from './clouds.ts';
import type { GraphClient, ReadContext, ReadTarget } from './graph-client.ts';
import { GraphFailure } from './graph-errors.ts';
import type { GraphLimits } from './graph-limits.ts';
import { identityOf, nameOf, readItem } from './item-reader.ts';
import type { ItemSlots } from './item-slots.ts';
import { valueAt } from './json-reading.ts';
import { readWithOptions, sharedOptions, type ListOption } from './list-request.ts';
import { walkList, type ListWalk } from './paging.ts';
import type { PolicyTypeCatalog } from './policy-type-catalog.ts';
import { ReadMeter } from './read-meter.ts';
import { TypeTally, type FailureStage } from './type-tally.ts';

/** What reading needs besides the types. */
export interface ListReaderParts {
  client: GraphClient;
  catalog: PolicyTypeCatalog;
  clock: Clock;
  limits: GraphLimits;
  cloud: CloudName;
  tenantParameters: Readonly<Record<string, string>>;
}

/**
 * Reads policy types that share one Graph list: walks the list once, gives each row to its type, and reads the
 * rows' details and children while the list goes on. Every item that is whole goes to the sink at once; what is
 * not is a failed item of its type and costs nothing else. `slots` bounds the items between list and sink.
 *
 * @returns one reading per type, in order. Throws `TenantUnreadableError`, what the sink throws, and the signal's
 * reason; the sink is not called any more after that.
 */
export async function readSharedList(
  parts: ListReaderParts,
  types: readonly PolicyType[],
  output: { sink: PolicyReadSink; slots: ItemSlots },
  signal: AbortSignal,
): Promise<TypeReading[]> {
  const reading = new SharedListReading(parts, types, output, signal);
  await reading.run();
  return reading.readings();
}

class SharedListReading {
  private readonly parts: ListReaderParts;
  private readonly types: readonly PolicyType[];
  private readonly sink: PolicyReadSink;
  private readonly tallies: ReadonlyMap<string, TypeTally>;
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private readonly outerSignal: AbortSignal;
  private readonly slots: ItemSlots;
  private readonly underway = new Set<Promise<void>>();
  private fatal: { error: unknown } | null = null;
  /** Whether the list has given a page: from then on its failures are faults, not absence. */
  private hasPage = false;
  private readonly toldEnrichments = new Set<string>();

  constructor(
    parts: ListReaderParts,
    types: readonly PolicyType[],
    output: { sink: PolicyReadSink; slots: ItemSlots },
    signal: AbortSignal,
  ) {
    this.parts = parts;
    this.types = types;
    this.sink = output.sink;
    this.slots = output.slots;
    this.outerSignal = signal;
    this.signal = AbortSignal.any([signal, this.stop.signal]);
    const { clock, limits } = parts;
    this.tallies = new Map(
      types.map((type) => [
        type.key,
        new TypeTally(
          type,
          new ReadMeter({ typeKey: type.key, clock, limits, event: (event) => this.emit(event) }),
        ),
      ]),
    );
  }

  async run(): Promise<void> {
    const asked = this.types.filter((type) => {
      const isAbsent = type.notInClouds.includes(this.parts.cloud);
      if (isAbsent) this.tally(type).notInCloud();
      return !isAbsent;
    });
    const first = asked[0];
    if (first === undefined) return;
    try {
      if (first.shape === 'singleton') await this.readSingleton(first);
      else await this.readCollection(first, asked);
    } catch (error) {
      this.end(error);
    }
    // Whatever happened, nothing goes on behind the caller's back.
    await Promise.all(this.underway);
    this.outerSignal.throwIfAborted();
    if (this.fatal !== null) throw this.fatal.error;
  }

  readings(): TypeReading[] {
    return this.types.map((type) => this.tally(type).reading());
  }

  private async readSingleton(type: PolicyType): Promise<void> {
    const tally = this.tally(type);
    let row: JsonObject;
    try {
      const { body, status, requestId } = await this.withOptions(type, sharedOptions([type]), (target) =>
        this.parts.client.get(target, this.context(type)),
      );
      const isObject = isJsonObject(body) && !Array.isArray(body['value']);
      if (!isObject || (type.identityProperty !== null && identityOf(type, body) === null)) {
        const message = 'The answer was not one object with its identity.';
        throw new GraphFailure('invalid', { message, status, requestId });
      }
      row = body;
    } catch (error) {
      if (!(error instanceof GraphFailure)) throw error;
      this.failList(type, error);
      return;
    }
    tally.listed(1);
    tally.listEnded({ hasCountMismatch: false });
    await this.startItem(type, row, identityOf(type, row) ?? type.key);
  }

  private async readCollection(first: PolicyType, asked: readonly PolicyType[]): Promise<void> {
    const options = sharedOptions(asked);
    const context = this.context(first);
    let walk: ListWalk;
    try {
      walk = await this.withOptions(first, options, (target) =>
        walkList({
          client: this.parts.client,
          context,
          target,
          maxPages: this.parts.limits.maxPages,
          identify: (row) => identityOf(first, row),
          onRows: async (rows, { announced }) => {
            this.hasPage = true;
            if (announced !== null && asked.length === 1) this.tally(first).announce(announced);
            await this.takeRows(rows, asked);
          },
        }),
      );
    } catch (error) {
      if (!(error instanceof GraphFailure)) throw error;
      for (const type of asked) this.failList(type, error);
      return;
    }
    for (const type of asked) this.tally(type).listEnded(walk);
  }

  /** Gives each row to its type; the next page is fetched meanwhile. */
  private async takeRows(rows: readonly JsonObject[], asked: readonly PolicyType[]): Promise<void> {
    const owned = rows.flatMap((row) => {
      const owner =
        asked.length === 1 && !asked[0]!.split ? asked[0]! : this.parts.catalog.ownerOf(asked, row);
      return owner === null ? [] : [{ owner, row }];
    });
    for (const { owner } of owned) this.tally(owner).listed(1);
    for (const type of new Set(owned.map(({ owner }) => owner))) this.tellProgress(type);
    for (const { owner, row } of owned) {
      const graphId = identityOf(owner, row);
      if (graphId === null) {
        const message = 'A row of the list has no identity.';
        this.failItem(
          owner,
          '',
          nameOf(owner, row, ''),
          new GraphFailure('invalid', { message }),
          'item',
          null,
        );
        continue;
      }
      await this.startItem(owner, row, graphId);
    }
  }

  private async startItem(type: PolicyType, row: JsonObject, graphId: string): Promise<void> {
    await this.slots.take();
    if (this.signal.aborted) {
      this.slots.release();
      throw this.signal.reason;
    }
    const work = this.readItem(type, row, graphId)
      .catch((error: unknown) => this.end(error))
      .finally(() => {
        this.slots.release();
        this.underway.delete(work);
      });
    this.underway.add(work);
  }

  private async readItem(type: PolicyType, row: JsonObject, graphId: string): Promise<void> {
    const outcome = await readItem(
      {
        client: this.parts.client,
        context: this.context(type),
        type,
        graphId,
        tenantParameters: this.parts.tenantParameters,
        maxPages: this.parts.limits.maxPages,
        toldEnrichments: this.toldEnrichments,
      },
      row,
    );
    this.signal.throwIfAborted();
    if (outcome.kind === 'gone') {
      this.dropItem(type, graphId, outcome.failure);
      return;
    }
    if (outcome.kind === 'failed') {
      const { failure, stage, permission } = outcome;
      this.failItem(type, graphId, nameOf(type, row, graphId), failure, stage, permission);
      return;
    }
    const { document } = outcome;
    this.noteUnknownKinds(type, document);
    await this.sink.item({ typeKey: type.key, graphId, name: nameOf(type, document, graphId), document });
    this.tally(type).captured += 1;
    this.tellProgress(type);
  }

  private failList(type: PolicyType, failure: GraphFailure): void {
    this.tally(type).listFailed(failure, this.hasPage);
    // What is merely not available in the tenant is no error.
    if (this.tally(type).reading().outcome === 'not_available') {
      this.event(
        type,
        'info',
        'type_not_available',
        'The policy type is not available in this tenant.',
        failure,
      );
    } else {
      this.event(type, 'error', 'list_failed', failure.message, failure);
    }
  }

  private dropItem(type: PolicyType, graphId: string, failure: GraphFailure): void {
    this.tally(type).itemGone();
    this.event(
      type,
      'info',
      'item_gone',
      'An item was deleted while the list was being read.',
      failure,
      graphId,
    );
    this.tellProgress(type);
  }

  private failItem(
    type: PolicyType,
    graphId: string,
    name: string,
    failure: GraphFailure,
    stage: FailureStage,
    permission: string | null,
  ): void {
    this.tally(type).itemFailed({ graphId, name, failure, stage, permission });
    this.event(type, 'error', 'item_failed', failure.message, failure, graphId);
  }

  private async withOptions<T>(
    type: PolicyType,
    options: ListOption[],
    read: (target: ReadTarget) => Promise<T>,
  ): Promise<T> {
    return readWithOptions(type, this.parts.tenantParameters, options, read, (error) => {
      if (this.hasPage) return false;
      this.event(
        type,
        'warning',
        'query_options_dropped',
        'The service refused query options of the list.',
        error,
      );
      return true;
    });
  }

  private noteUnknownKinds(type: PolicyType, document: JsonObject): void {
    const tally = this.tally(type);
    const odataType = document['@odata.type'];
    if (
      typeof odataType === 'string' &&
      type.knownODataTypes.length > 0 &&
      !type.knownODataTypes.includes(odataType)
    ) {
      tally.unknownKind('@odata.type', odataType.slice(0, 200));
    }
    const property = type.split?.property;
    if (property === undefined || property === '@odata.type') return;
    const value = valueAt(document, property);
    if (typeof value === 'string' && !this.parts.catalog.isKnownSplitValue(type, value)) {
      tally.unknownKind(property, value.slice(0, 200));
    }
  }

  private context(type: PolicyType): ReadContext {
    return { group: type.throttleGroup, meter: this.tally(type).meter, signal: this.signal };
  }

  private tally(type: PolicyType): TypeTally {
    return this.tallies.get(type.key)!;
  }

  /** Ends the whole reading: the first cause is the one that is told. */
  private end(error: unknown): void {
    if (this.fatal !== null) return;
    this.fatal = { error };
    this.stop.abort(
      error instanceof TenantUnreadableError ? error : new DOMException('stopped', 'AbortError'),
    );
  }

  private tellProgress(type: PolicyType): void {
    if (this.signal.aborted) return;
    const { expected, captured } = this.tally(type);
    this.sink.progress({ typeKey: type.key, expected, captured });
  }

  private event(
    type: PolicyType,
    level: 'info' | 'warning' | 'error',
    code: string,
    message: string,
    failure: GraphFailure,
    graphId?: string,
  ): void {
    const detail = { kind: failure.kind, status: failure.status, requestId: failure.requestId };
    this.emit({
      level,
      code,
      typeKey: type.key,
      message,
      detail: graphId === undefined ? detail : { ...detail, graphId },
    });
  }

  private emit(event: Parameters<PolicyReadSink['event']>[0]): void {
    if (!this.signal.aborted) this.sink.event(event);
  }
}
