import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import { isJsonObject, type JsonObject } from '../snapshot/json-value.ts';
import { PartFailure, readChildren, type ItemScope } from './child-reader.ts';
import type { ReadTarget } from './graph-client.ts';
import { GraphFailure } from './graph-errors.ts';
import { bindPath, withQuery } from './graph-paths.ts';
import { textAt } from './json-reading.ts';
import { completeExpandedArrays } from './paging.ts';
import type { FailureStage } from './type-tally.ts';

/** How the reading of one item ended. */
export type ItemOutcome =
  | { kind: 'whole'; document: JsonObject }
  /** Deleted between the list and its own read: neither captured nor missing. */
  | { kind: 'gone'; failure: GraphFailure }
  | { kind: 'failed'; failure: GraphFailure; stage: FailureStage; permission: string | null };

/**
 * Reads one item whole: its own read where the list leaves something out, and all its children. A failure is an
 * outcome and costs no other item. Throws `TenantUnreadableError` and the signal's reason.
 */
export async function readItem(scope: ItemScope, row: JsonObject): Promise<ItemOutcome> {
  try {
    const detail = readDetail(scope, row);
    // It is awaited below; a failure before that must not count as unhandled.
    detail.catch(() => undefined);
    return { kind: 'whole', document: await readChildren(scope, row, detail) };
  } catch (error) {
    if (error instanceof GraphFailure) {
      if (error.kind === 'gone') return { kind: 'gone', failure: error };
      return { kind: 'failed', failure: error, stage: 'item', permission: scope.type.permission };
    }
    if (!(error instanceof PartFailure)) throw error;
    const { failure, permission } = error;
    if (failure.kind === 'gone' && (await isItemGone(scope))) return { kind: 'gone', failure };
    return { kind: 'failed', failure, stage: 'child', permission };
  }
}

/** The property that identifies an item inside its type; null where the row has none. */
export function identityOf(type: PolicyType, row: JsonObject): string | null {
  return type.identityProperty === null ? null : textAt(row, type.identityProperty);
}

/** The name of an item; its id where it has none. */
export function nameOf(type: PolicyType, document: JsonObject, graphId: string): string {
  for (const property of [type.nameProperty, 'displayName', 'name']) {
    const name = property === null ? null : textAt(document, property);
    if (name !== null) return name;
  }
  return graphId === '' ? type.displayName : graphId;
}

/** The item itself: the row where the list gives all of it, else the row with its own read laid over it. */
async function readDetail(scope: ItemScope, row: JsonObject): Promise<JsonObject> {
  const { client, context, maxPages, type } = scope;
  const read = itemRead(type);
  let document = row;
  if (read !== null) {
    const { body, status, requestId } = await client.batchGet(
      itemTarget(scope, read.path, read.expand),
      context,
    );
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

/** A part that is not found may mean that the whole item was deleted meanwhile; only the item itself can say. */
async function isItemGone(scope: ItemScope): Promise<boolean> {
  const { itemPath, shape } = scope.type;
  if (itemPath === null || shape === 'singleton') return false;
  try {
    await scope.client.batchGet(itemTarget(scope, itemPath, []), scope.context);
    return false;
  } catch (error) {
    if (error instanceof GraphFailure) return error.kind === 'gone';
    throw error;
  }
}

function itemTarget(
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
