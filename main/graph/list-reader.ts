import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import { TenantUnreadableError, type PolicyReadSink, type TypeReading } from '../engine/ports.ts';
import { isJsonObject, type JsonObject } from '../snapshot/json-value.ts';
import type { Clock } from '../clock.ts';
import type { CloudName } from './clouds.ts';
import { PartFailure, readChildren, type ItemScope } from './child-reader.ts';
import type { GraphClient, ReadContext, ReadTarget } from './graph-client.ts';
import { GraphFailure, unavailableReason } from './graph-errors.ts';
import type { GraphLimits } from './graph-limits.ts';
import { bindPath, listOptions, withoutDroppable, withQuery } from './graph-paths.ts';
import { ItemSlots } from './item-slots.ts';
import { textAt, valueAt } from './json-reading.ts';
import { completeExpandedArrays, walkList, type ListWalk } from './paging.ts';
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
 * not is a failed item of its type and costs nothing else.
 *
 * @returns one reading per type, in order. Throws `TenantUnreadableError`, what the sink throws, and the signal's
 * reason; the sink is not called any more after that.
 */
export async function readSharedList(
  parts: ListReaderParts,
  types: readonly PolicyType[],
  sink: PolicyReadSink,
  signal: AbortSignal,
): Promise<TypeReading[]> {
  const reading = new SharedListReading(parts, types, sink, signal);
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
    sink: PolicyReadSink,
    signal: AbortSignal,
  ) {
    this.parts = parts;
    this.types = types;
    this.sink = sink;
    this.outerSignal = signal;
    this.signal = AbortSignal.any([signal, this.stop.signal]);
    this.slots = new ItemSlots(parts.limits.itemsInFlight);
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
      const { body, status, requestId } = await this.withOptions(type, listOptions(type), (target) =>
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
      tally.listFailed(error, false);
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
      for (const type of asked) this.tally(type).listFailed(error, this.hasPage);
      this.event(first, 'error', 'list_failed', error.message, error);
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
    const scope: ItemScope = {
      client: this.parts.client,
      context: this.context(type),
      type,
      graphId,
      tenantParameters: this.parts.tenantParameters,
      maxPages: this.parts.limits.maxPages,
      toldEnrichments: this.toldEnrichments,
    };
    let document: JsonObject;
    try {
      const detail = this.readDetail(scope, row);
      // It is awaited below; a failure before that must not count as unhandled.
      detail.catch(() => undefined);
      document = await readChildren(scope, row, detail);
    } catch (error) {
      await this.settleFailedItem(scope, nameOf(type, row, graphId), error);
      return;
    }
    this.signal.throwIfAborted();
    this.noteUnknownKinds(type, document);
    await this.sink.item({ typeKey: type.key, graphId, name: nameOf(type, document, graphId), document });
    this.tally(type).captured += 1;
    this.tellProgress(type);
  }

  /** The item itself: the row where the list gives all of it, else the row with its own read laid over it. */
  private async readDetail(scope: ItemScope, row: JsonObject): Promise<JsonObject> {
    const { client, context, maxPages, type } = scope;
    const read = itemRead(type);
    let document = row;
    if (read !== null) {
      const target = this.itemTarget(scope, read.path, read.expand);
      const { body, status, requestId } = await client.batchGet(target, context);
      const isItem = isJsonObject(body) && identityOf(type, body) === scope.graphId;
      if (!isItem || read.parts.some((part) => !(part in body))) {
        const message = 'The read of one item gave something else.';
        throw new GraphFailure('invalid', { message, status, requestId });
      }
      document = Object.assign(row, body);
    }
    await completeExpandedArrays(document, { client, context, maxPages });
    return document;
  }

  private async settleFailedItem(scope: ItemScope, name: string, error: unknown): Promise<void> {
    const { type, graphId } = scope;
    if (error instanceof GraphFailure) {
      if (error.kind === 'gone') this.dropItem(type, graphId, error);
      else this.failItem(type, graphId, name, error, 'item', type.permission);
      return;
    }
    if (!(error instanceof PartFailure)) throw error;
    if (error.failure.kind === 'gone' && (await this.isItemGone(scope))) {
      this.dropItem(type, graphId, error.failure);
    } else {
      this.failItem(type, graphId, name, error.failure, 'child', error.permission);
    }
  }

  /** A part that is not found may mean that the whole item was deleted meanwhile; only the item itself can say. */
  private async isItemGone(scope: ItemScope): Promise<boolean> {
    const { itemPath, shape } = scope.type;
    if (itemPath === null || shape === 'singleton') return false;
    try {
      await scope.client.batchGet(this.itemTarget(scope, itemPath, []), scope.context);
      return false;
    } catch (error) {
      if (error instanceof GraphFailure) return error.kind === 'gone';
      throw error;
    }
  }

  private itemTarget(
    scope: ItemScope,
    itemPath: string,
    expand: readonly string[],
  ): Extract<ReadTarget, { path: string }> {
    const path = bindPath(itemPath, (name) => scope.tenantParameters[name] ?? scope.graphId)!;
    return {
      version: scope.type.apiVersion,
      path: expand.length === 0 ? path : withQuery(path, [['expand', expand.join(',')]]),
    };
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

  /**
   * Reads with the record's query options and, where the service refuses them, once more without those that may
   * be dropped (Intune declares options in its metadata that it refuses at run time).
   */
  private async withOptions<T>(
    type: PolicyType,
    options: [name: string, value: string][],
    read: (target: ReadTarget) => Promise<T>,
  ): Promise<T> {
    const target = (chosen: [string, string][]): ReadTarget => ({
      version: type.apiVersion,
      path: withQuery(listPathOf(type, this.parts.tenantParameters), chosen),
      ...(type.listHeaders ? { headers: type.listHeaders } : {}),
    });
    try {
      return await read(target(options));
    } catch (error) {
      if (!(error instanceof GraphFailure) || error.kind !== 'refused' || error.status !== 400) throw error;
      const isAbsent = unavailableReason(error, type.unavailable) !== null;
      const kept = this.hasPage || isAbsent ? null : withoutDroppable(type, options);
      if (kept === null) throw error;
      this.event(
        type,
        'warning',
        'query_options_dropped',
        'The service refused query options of the list.',
        error,
      );
      return read(target(kept));
    }
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

/** How items of a type are read on their own, with the parts that come along; null where the rows are whole. */
function itemRead(type: PolicyType): { path: string; expand: string[]; parts: string[] } | null {
  if (type.shape === 'singleton') return null;
  const along = type.children.filter((child) => child.inline === 'item' && child.notRead === undefined);
  const path = along[0]?.path ?? (type.detailGetRequired ? type.itemPath : null);
  if (path === null) return null;
  const required = along.filter((child) => child.importance === 'required');
  return {
    path,
    expand: along.flatMap((child) => child.expand ?? []),
    parts: required.map((child) => child.name),
  };
}

/** Options that all types of a shared list agree on: what narrows it for one would lose rows of another. */
function sharedOptions(types: readonly PolicyType[]): [name: string, value: string][] {
  const [first, ...others] = types.map((type) => listOptions(type));
  return (first ?? []).filter(([name, value]) =>
    others.every((options) => options.some((other) => other[0] === name && other[1] === value)),
  );
}

function listPathOf(type: PolicyType, tenantParameters: Readonly<Record<string, string>>): string {
  const path = bindPath(type.listPath, (name) => tenantParameters[name] ?? null);
  if (path === null) {
    throw new GraphFailure('contract', { message: 'The path of the list needs a value that is not known.' });
  }
  return path;
}

function identityOf(type: PolicyType, row: JsonObject): string | null {
  return type.identityProperty === null ? null : textAt(row, type.identityProperty);
}

function nameOf(type: PolicyType, document: JsonObject, graphId: string): string {
  const names = [type.nameProperty, 'displayName', 'name'];
  for (const property of names) {
    const name = property === null ? null : textAt(document, property);
    if (name !== null) return name;
  }
  return graphId === '' ? type.displayName : graphId;
}
