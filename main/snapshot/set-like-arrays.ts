import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import { writeCanonicalJson } from './canonical-json.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';

/** Where a walk stands in the registry's list of set-like arrays. */
export interface SetLikePath {
  /** True when the array at this place has no order; `identity` then says how its members are told apart. */
  setLike: boolean;
  identity: string | null;
  members: ReadonlyMap<string, SetLikePath>;
}

interface GrowingPath extends SetLikePath {
  members: Map<string, GrowingPath>;
}

const compiled = new WeakMap<PolicyType['setLikeArrays'], SetLikePath>();

/** The registry's dotted paths (`apps[].mobileAppIdentifier`) as a tree that a walk can follow step by step. */
export function setLikePaths(policyType: Pick<PolicyType, 'setLikeArrays'>): SetLikePath {
  const known = compiled.get(policyType.setLikeArrays);
  if (known) return known;
  const root: GrowingPath = newPath();
  for (const { path, identity } of policyType.setLikeArrays) {
    let place = root;
    for (const step of path.split('.').flatMap((part) => part.split(/(?=\[\])/))) {
      let next = place.members.get(step);
      if (!next) place.members.set(step, (next = newPath()));
      place = next;
    }
    place.setLike = true;
    place.identity = identity;
  }
  compiled.set(policyType.setLikeArrays, root);
  return root;
}

function newPath(): GrowingPath {
  return { setLike: false, identity: null, members: new Map() };
}

/** Text that identifies a member of a set-like array; null where it lacks the identifying property. */
export function memberIdentity(member: JsonValue, identity: string | null): string | null {
  if (identity === null) return writeCanonicalJson(member);
  let value: JsonValue | undefined = member;
  for (const step of identity.split('.')) value = isJsonObject(value) ? value[step] : undefined;
  return value === undefined || value === null ? null : writeCanonicalJson(value);
}
