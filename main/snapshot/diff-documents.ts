import { writeCanonicalJson } from './canonical-json.ts';
import { pointerToken } from './json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { isSecretFingerprint, maskSecrets } from './secrets.ts';
import { readableText } from './readable-values.ts';
import { memberIdentity, setLikePaths, type SetLikePath } from './set-like-arrays.ts';
import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import { compareCodeUnits } from './split-document.ts';

/** One difference between two documents. Secrets are masked; `secret` tells that the hidden value changed. */
export interface DocumentChange {
  /** JSON pointer; for a removed value into the first document, otherwise into the second. */
  pointer: string;
  kind: 'added' | 'removed' | 'changed' | 'reordered';
  /** Absent for `added`; the ids in their former order for `reordered`. */
  before?: JsonValue;
  after?: JsonValue;
  /** Where the values are base64 of a text, such as a script body: the texts, to be compared line by line. */
  readable?: { before: string | null; after: string | null };
  secret: boolean;
}

/**
 * What differs between two stable documents of one policy type, in document order.
 *
 * Arrays are paired by identity before anything is compared: by the registry's property where it names one,
 * otherwise by `id`, `settingDefinitionId` or `settingInstance.settingDefinitionId` where every member has a
 * value of its own. Other arrays are compared by position after their common head and tail are taken off,
 * which keeps one inserted rule one change. Linear but for sorting, so long lists cannot stall it.
 */
export function diffDocuments(
  before: JsonObject,
  after: JsonObject,
  policyType: Pick<PolicyType, 'setLikeArrays'> | null,
): DocumentChange[] {
  const changes: DocumentChange[] = [];
  compareObjects(before, after, '', policyType ? setLikePaths(policyType) : undefined, changes);
  return changes;
}

type Path = SetLikePath | undefined;

function compareValues(
  before: JsonValue,
  after: JsonValue,
  pointer: string,
  path: Path,
  changes: DocumentChange[],
): void {
  if (isJsonObject(before) && isJsonObject(after)) {
    compareObjects(before, after, pointer, path, changes);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    compareArrays(before, after, pointer, path, changes);
  } else if (writeCanonicalJson(before) !== writeCanonicalJson(after)) {
    const secret = isSecretFingerprint(before) || isSecretFingerprint(after);
    changes.push({
      pointer,
      kind: 'changed',
      before: maskSecrets(before),
      after: maskSecrets(after),
      ...readableSides(pointer, before, after),
      secret,
    });
  }
}

function compareObjects(
  before: JsonObject,
  after: JsonObject,
  pointer: string,
  path: Path,
  changes: DocumentChange[],
): void {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of [...names].sort(compareCodeUnits)) {
    const place = pointer + pointerToken(name);
    if (!Object.hasOwn(before, name)) changes.push(appeared(place, after[name]!));
    else if (!Object.hasOwn(after, name)) changes.push(disappeared(place, before[name]!));
    else compareValues(before[name]!, after[name]!, place, path?.members.get(name), changes);
  }
}

function compareArrays(
  before: JsonValue[],
  after: JsonValue[],
  pointer: string,
  path: Path,
  changes: DocumentChange[],
): void {
  const below = path?.members.get('[]');
  const identify = identityOf(before, after, path);
  if (!identify) {
    compareByPosition(before, after, pointer, below, changes);
    return;
  }
  const former = new Map(before.map((member, index) => [identify(member)!, index]));
  const later = new Map(after.map((member, index) => [identify(member)!, index]));
  for (const [identity, index] of former) {
    if (!later.has(identity)) changes.push(disappeared(pointer + pointerToken(index), before[index]!));
  }
  for (const [identity, index] of later) {
    const place = pointer + pointerToken(index);
    const formerIndex = former.get(identity);
    if (formerIndex === undefined) changes.push(appeared(place, after[index]!));
    else compareValues(before[formerIndex]!, after[index]!, place, below, changes);
  }
  if (path?.setLike) return;
  const formerOrder = [...former.keys()].filter((identity) => later.has(identity));
  const laterOrder = [...later.keys()].filter((identity) => former.has(identity));
  if (formerOrder.some((identity, index) => identity !== laterOrder[index])) {
    changes.push({ pointer, kind: 'reordered', before: formerOrder, after: laterOrder, secret: false });
  }
}

type Identify = (member: JsonValue) => string | null;

const usualIdentities = ['id', 'settingDefinitionId', 'settingInstance.settingDefinitionId'];

/** How members of these two arrays are told apart; null when no property does it for every member of both. */
function identityOf(before: JsonValue[], after: JsonValue[], path: Path): Identify | null {
  const candidates = path?.setLike ? [path.identity, ...usualIdentities] : usualIdentities;
  for (const candidate of candidates) {
    const identify: Identify = (member) => memberIdentity(member, candidate);
    if (isDistinct(before, identify) && isDistinct(after, identify)) return identify;
  }
  return null;
}

function isDistinct(members: JsonValue[], identify: Identify): boolean {
  const seen = new Set<string>();
  for (const member of members) {
    const identity = identify(member);
    if (identity === null || seen.has(identity)) return false;
    seen.add(identity);
  }
  return true;
}

function compareByPosition(
  before: JsonValue[],
  after: JsonValue[],
  pointer: string,
  below: Path,
  changes: DocumentChange[],
): void {
  const former = before.map(writeCanonicalJson);
  const later = after.map(writeCanonicalJson);
  const shorter = Math.min(former.length, later.length);
  let head = 0;
  while (head < shorter && former[head] === later[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && former.at(-1 - tail) === later.at(-1 - tail)) tail += 1;
  const formerEnd = former.length - tail;
  const laterEnd = later.length - tail;
  for (let index = head; index < Math.max(formerEnd, laterEnd); index += 1) {
    const place = pointer + pointerToken(index);
    if (index >= laterEnd) changes.push(disappeared(place, before[index]!));
    else if (index >= formerEnd) changes.push(appeared(place, after[index]!));
    else compareValues(before[index]!, after[index]!, place, below, changes);
  }
}

function appeared(pointer: string, value: JsonValue): DocumentChange {
  return {
    pointer,
    kind: 'added',
    after: maskSecrets(value),
    ...readableSides(pointer, undefined, value),
    secret: isSecretFingerprint(value),
  };
}

function disappeared(pointer: string, value: JsonValue): DocumentChange {
  return {
    pointer,
    kind: 'removed',
    before: maskSecrets(value),
    ...readableSides(pointer, value, undefined),
    secret: isSecretFingerprint(value),
  };
}

function readableSides(
  pointer: string,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): Pick<DocumentChange, 'readable'> {
  const readable = { before: readableText(pointer, before), after: readableText(pointer, after) };
  return readable.before === null && readable.after === null ? {} : { readable };
}
