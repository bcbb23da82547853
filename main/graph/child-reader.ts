import type { ChildRead, PolicyType } from '../domain/policy-types/policy-type.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../snapshot/json-value.ts';
import type { GraphClient, ReadContext, ReadTarget } from './graph-client.ts';
import { GraphFailure } from './graph-errors.ts';
import type { GraphAnswer } from './graph-exchange.ts';
import { bindPath, withQuery } from './graph-paths.ts';
import { numberOf, textAt, valueAt } from './json-reading.ts';
import { collectRows, completeExpandedArrays } from './paging.ts';

/** What reading the parts of one item needs. */
export interface ItemScope {
  client: GraphClient;
  context: ReadContext;
  type: PolicyType;
  graphId: string;
  /** Values for path parameters that belong to the tenant, such as `organizationId`. */
  tenantParameters: Readonly<Record<string, string>>;
  maxPages: number;
  /** Names of additional parts whose failure has been told. */
  toldEnrichments: Set<string>;
}

/** A part of an item could not be read; the item is not whole. */
export class PartFailure extends Error {
  override readonly name = 'PartFailure';
  readonly failure: GraphFailure;
  readonly permission: string | null;
  constructor(child: ChildRead, type: PolicyType, failure: GraphFailure) {
    super(failure.message, { cause: failure });
    this.failure = failure;
    this.permission = child.permission ?? type.permission;
  }
}

/**
 * Reads the children of one item and puts them into its document under their names, in the registry's order.
 * `document` is the row or, once it has come, the item's own read: children whose condition or path needs the
 * latter wait for it.
 *
 * Throws `PartFailure` for a required child that cannot be read whole; a failed enrichment is an event.
 */
export async function readChildren(
  scope: ItemScope,
  row: JsonObject,
  detail: Promise<JsonObject>,
): Promise<JsonObject> {
  const { type } = scope;
  const parts = new Map<string, Promise<JsonValue | undefined>>();
  for (const child of type.children) {
    // What comes with the item's own read is in the detail already.
    if (child.forEach !== undefined || child.notRead !== undefined || child.inline === 'item') continue;
    const canStart =
      child.when === undefined && child.inline === undefined && hasValues(scope, child.path, row);
    const subject = canStart ? Promise.resolve(row) : detail;
    parts.set(
      child.name,
      subject.then((document) => readPart(scope, child, document, {})),
    );
  }
  for (const child of type.children) {
    const { forEach } = child;
    if (forEach === undefined || child.notRead !== undefined) continue;
    // The rows are those of another child, or an array that the item itself holds.
    const rows = parts.get(forEach.child) ?? detail.then((document) => document[forEach.child]);
    parts.set(
      forEach.child,
      rows.then(async (parents) => {
        await readForEach(scope, child, forEach, parents, await detail);
        return parents;
      }),
    );
  }
  // All are awaited before the first failure is thrown: nothing of this item goes on behind its back.
  const ended = await Promise.allSettled([detail, ...parts.values()]);
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  const document = await detail;
  for (const [name, part] of parts) {
    const value = await part;
    if (value !== undefined) document[name] = value;
  }
  return document;
}

async function readForEach(
  scope: ItemScope,
  child: ChildRead,
  forEach: NonNullable<ChildRead['forEach']>,
  parents: JsonValue | undefined,
  document: JsonObject,
): Promise<void> {
  if (!Array.isArray(parents)) return;
  const ended = await Promise.allSettled(
    parents.filter(isJsonObject).map(async (parent) => {
      const value = textAt(parent, forEach.property);
      const bound = value === null ? {} : { [forEach.parameter]: value };
      const part = await readPart(scope, child, parent, bound, document);
      if (part !== undefined) parent[child.name] = part;
    }),
  );
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

/** Reads one child; undefined where it does not apply to this item or an enrichment failed. */
async function readPart(
  scope: ItemScope,
  child: ChildRead,
  subject: JsonObject,
  bound: Readonly<Record<string, string>>,
  document: JsonObject = subject,
): Promise<JsonValue | undefined> {
  const { type, context } = scope;
  if (!applies(child, subject)) return undefined;
  const inline = child.inline === 'list' ? subject[child.name] : undefined;
  // An empty array that contradicts the item is asked for again by its own path: $expand is known to lie.
  if (inline !== undefined && inline !== null) {
    if (!Array.isArray(inline) || agreesWithParent(child, subject, inline.length)) return inline;
  }
  const path = bindPath(
    child.path,
    (name) => bound[name] ?? (name === 'id' ? scope.graphId : parameterOf(scope, document, name)),
  );
  try {
    if (path === null) {
      throw new GraphFailure('invalid', {
        message: 'The item lacks an id that one of its parts is read by.',
      });
    }
    return await readWhole(scope, child, subject, path);
  } catch (error) {
    if (!(error instanceof GraphFailure)) throw error;
    if (error.status !== null && child.absentStatuses?.includes(error.status)) return null;
    if (child.importance === 'required') throw new PartFailure(child, type, error);
    // Told once for the type: where a part is refused, it is refused for every item.
    if (!scope.toldEnrichments.has(child.name)) {
      scope.toldEnrichments.add(child.name);
      context.meter.event({
        level: 'info',
        code: 'enrichment_failed',
        message: `An additional part (${child.name}) could not be read; items are whole without it.`,
        detail: { part: child.name, status: error.status, requestId: error.requestId },
      });
    }
    return undefined;
  }
}

async function readWhole(
  scope: ItemScope,
  child: ChildRead,
  subject: JsonObject,
  path: string,
): Promise<JsonValue> {
  const { client, context, type, maxPages } = scope;
  const full = child.expand === undefined ? path : withQuery(path, [['expand', child.expand]]);
  const target: Extract<ReadTarget, { path: string }> = { version: type.apiVersion, path: full };
  const first = await client.batchGet(target, context);
  if (child.shape === 'single') {
    if (!isJsonObject(first.body) || Array.isArray(first.body['value'])) {
      throw new GraphFailure('invalid', {
        message: 'A part of an item was not one object.',
        status: first.status,
        requestId: first.requestId,
      });
    }
    await completeExpandedArrays(first.body, { client, context, maxPages });
    return first.body;
  }
  const problem = (rows: readonly JsonValue[], isShort: boolean): GraphFailure | null =>
    isShort || !agreesWithParent(child, subject, rows.length)
      ? new GraphFailure('count_mismatch', {
          message: 'A part of the item has another number of rows than the service announced.',
          status: first.status,
          requestId: first.requestId,
        })
      : null;
  const read = async (
    firstPage: GraphAnswer,
  ): Promise<{ rows: JsonObject[]; failure: GraphFailure | null }> => {
    const { rows, walk } = await collectRows({ client, context, target, maxPages, firstPage });
    await completeExpandedArrays(rows, { client, context, maxPages });
    return { rows, failure: problem(rows, walk.hasCountMismatch) };
  };
  let outcome = await read(first);
  if (outcome.failure !== null) {
    // A child that follows its parent late may have caught up by now.
    outcome = await read(await client.get(target, context));
  }
  if (outcome.failure !== null) throw outcome.failure;
  return outcome.rows;
}

function agreesWithParent(child: ChildRead, subject: JsonObject, rows: number): boolean {
  const count = child.countProperty === undefined ? null : numberOf(valueAt(subject, child.countProperty));
  if (count !== null && count !== rows) return false;
  return !(
    child.nonEmptyProperty !== undefined &&
    valueAt(subject, child.nonEmptyProperty) === true &&
    rows === 0
  );
}

function applies(child: ChildRead, subject: JsonObject): boolean {
  const { when } = child;
  if (when === undefined) return true;
  const odataType = subject['@odata.type'];
  if (when.odataType && !(typeof odataType === 'string' && when.odataType.includes(odataType))) return false;
  if (when.propertyPresent !== undefined && !isPresent(valueAt(subject, when.propertyPresent))) return false;
  return when.propertyAbsent === undefined || !isPresent(valueAt(subject, when.propertyAbsent));
}

function isPresent(value: JsonValue | undefined): boolean {
  return (
    value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
  );
}

function hasValues(scope: ItemScope, path: string, row: JsonObject): boolean {
  return bindPath(path, (name) => (name === 'id' ? scope.graphId : parameterOf(scope, row, name))) !== null;
}

function parameterOf(scope: ItemScope, document: JsonObject, name: string): string | null {
  return textAt(document, name) ?? scope.tenantParameters[name] ?? null;
}
