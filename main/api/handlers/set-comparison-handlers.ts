import { findPolicyType } from '../../domain/policy-types/registry.ts';
import { type ComparedItem, compareItem, compareSets } from '../../engine/backup/compare-sets.ts';
import type { SetAddress } from '../../engine/backup/diff.ts';
import { requireSetItem } from '../../engine/backup/set-items.ts';
import { writeCanonicalJson } from '../../snapshot/canonical-json.ts';
import type { DocumentChange } from '../../snapshot/diff-documents.ts';
import type { JsonValue } from '../../snapshot/json-value.ts';
import type { ManifestEntry } from '../../snapshot/manifest.ts';
import { readableText } from '../../snapshot/readable-values.ts';
import { maskSecretsInText } from '../../snapshot/secrets.ts';
import { compareCodeUnits } from '../../snapshot/split-document.ts';
import { requirePermissionIn } from '../permission-in-tenant.ts';
import type { CallContext, Handlers } from '../router.ts';
import { requireSet, setRow } from './set-rows.ts';

/** Changes that one answer lists; more of them are counted. */
const mostItems = 5_000;
const mostChanges = 1_000;
/** Characters of one value that a comparison shows. */
const valueChars = 20_000;

interface ComparedSets {
  tenantId: string;
  leftId: string;
  rightId: string;
  rightTenantId: string | null;
}

async function addressesOf(
  { session, correlationId }: CallContext,
  input: ComparedSets,
): Promise<{ before: SetAddress; after: SetAddress }> {
  const rightTenantId = input.rightTenantId ?? input.tenantId;
  if (rightTenantId !== input.tenantId) {
    await requirePermissionIn(session, rightTenantId, 'set.compare', {
      action: 'backup-sets.compare',
      correlationId,
    });
  }
  return {
    before: { tenantId: input.tenantId, setId: input.leftId },
    after: { tenantId: rightTenantId, setId: input.rightId },
  };
}

const kinds = ['added', 'changed', 'removed'] as const;

export const setComparisonHandlers: Pick<Handlers, 'backup-sets.compare' | 'backup-sets.compare-item'> = {
  'backup-sets.compare': async (context, input) => {
    const { database } = context.session;
    const { before, after } = await addressesOf(context, input);
    const left = await requireSet(database, before.tenantId, before.setId);
    const right = await requireSet(database, after.tenantId, after.setId);
    const comparison = await compareSets(database, before, after);
    const changed = comparison.compared.filter((type) => kinds.some((kind) => type[kind].length > 0));
    let room = mostItems;
    let leftOut = 0;
    return {
      left: setRow(left),
      right: setRow(right),
      pairedBy: comparison.pairedBy,
      counts: comparison.counts,
      notCompared: comparison.notCompared.map(({ typeKey, reason }) => ({
        typeKey,
        displayName: findPolicyType(typeKey)?.displayName ?? typeKey,
        reason,
      })),
      unchangedTypes: comparison.compared.length - changed.length,
      types: changed.map((type) => {
        const all = kinds.flatMap((difference) => type[difference].map((item) => row(item, difference)));
        const items = all.slice(0, Math.max(room, 0));
        room -= items.length;
        leftOut += all.length - items.length;
        const known = findPolicyType(type.typeKey);
        return {
          typeKey: type.typeKey,
          displayName: known?.displayName ?? type.typeKey,
          category: known?.category ?? 'Unknown',
          added: type.added.length,
          changed: type.changed.length,
          removed: type.removed.length,
          items,
        };
      }),
      itemsLeftOut: leftOut,
    };
  },

  'backup-sets.compare-item': async (context, input) => {
    const { database } = context.session;
    const { before, after } = await addressesOf(context, input);
    const { typeKey } = input;
    const entryOf = ({ tenantId, setId }: SetAddress, graphId: string | null) =>
      graphId === null ? null : requireSetItem(database, tenantId, setId, typeKey, graphId);
    const former = await entryOf(before, input.leftGraphId);
    const later = await entryOf(after, input.rightGraphId);
    const changes = await compareItem(database, before, after, typeKey, {
      hashBefore: former?.hash ?? null,
      hashAfter: later?.hash ?? null,
    });
    const all = [...changes.map(shownChange), ...(input.withVolatile ? volatileChanges(former, later) : [])];
    return { changes: all.slice(0, mostChanges), changesLeftOut: Math.max(0, all.length - mostChanges) };
  },
};

function row(item: ComparedItem, difference: (typeof kinds)[number]) {
  return { leftGraphId: item.idBefore, rightGraphId: item.idAfter, name: item.name, difference };
}

function shownChange(change: DocumentChange) {
  const before = readableText(change.pointer, change.before);
  const after = readableText(change.pointer, change.after);
  const readable =
    (before !== null || change.before === undefined) && (after !== null || change.after === undefined);
  const left = readable ? before : textOf(change.before);
  const right = readable ? after : textOf(change.after);
  return {
    path: change.pointer,
    difference: change.kind,
    ...cut(left, right),
    secret: change.secret,
    volatile: false,
    readable,
  };
}

function textOf(value: JsonValue | undefined): string | null {
  return value === undefined ? null : writeCanonicalJson(value);
}

function cut(before: string | null, after: string | null) {
  const longest = Math.max(before?.length ?? 0, after?.length ?? 0);
  return {
    before: before?.slice(0, valueChars) ?? null,
    after: after?.slice(0, valueChars) ?? null,
    cut: Math.max(0, longest - valueChars),
  };
}

/** What the manifests keep beside the documents, where it differs. */
function volatileChanges(before: ManifestEntry | null, after: ManifestEntry | null) {
  const former = before?.volatile ?? {};
  const later = after?.volatile ?? {};
  return [...new Set([...Object.keys(former), ...Object.keys(later)])]
    .sort(compareCodeUnits)
    .flatMap((path) => {
      const left = said(former[path]);
      const right = said(later[path]);
      if (left === right) return [];
      const difference = left === null ? 'added' : right === null ? 'removed' : 'changed';
      return [
        { path, difference, ...cut(left, right), secret: false, volatile: true, readable: false } as const,
      ];
    });
}

function said(value: unknown): string | null {
  return value === undefined ? null : maskSecretsInText(JSON.stringify(value));
}
