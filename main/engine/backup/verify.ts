import type { Sql } from '../../db/database.ts';
import {
  listBackupSets,
  listPrunedSets,
  readPartChecks,
  readSetHead,
  type StoredSet,
} from '../../db/repositories/backup-sets.ts';
import { listImportedSets } from '../../db/repositories/imported-sets.ts';
import {
  keptImport,
  keptRun,
  type KeptSet,
  type KeptSetPart,
  readKeptParts,
} from '../../db/repositories/kept-sets.ts';
import { readContent, type ContentTable } from '../../db/repositories/stored-content.ts';
import { isAppError } from '../../../shared/errors.ts';
import { readManifest, readReferences, type ManifestEntry } from '../../snapshot/manifest.ts';
import { checkStoredBytes } from '../../snapshot/stored-bytes.ts';
import { compareCodeUnits } from '../../snapshot/split-document.ts';
import { checkSumsOfParts, rootOfKept } from './set-root.ts';

type DamageKind =
  /** Root does not follow from the set's row and parts. */
  | 'root_differs'
  /** A part is missing, added or altered, by the check sums that were sealed with the set. */
  | 'part_differs'
  | 'chain_broken'
  | 'set_missing'
  | 'head_differs'
  | 'manifest_missing'
  | 'manifest_damaged'
  | 'payload_missing'
  | 'payload_damaged'
  /** The manifest is not the one of this type, or holds another number of objects than its part says. */
  | 'manifest_contradicts_part';

/** One damaged thing, named as closely as can be told. */
interface Damage {
  kind: DamageKind;
  sequence: number | null;
  setId: string | null;
  typeKey: string | null;
  itemId: string | null;
  itemName: string | null;
  /** Hash of the content concerned, 64 hexadecimal digits. */
  sha256: string | null;
  sentence: string;
}

export interface VerifyReport {
  setsVerified: number;
  setsDamaged: number;
  itemsVerified: number;
  /** Distinct payloads whose bytes were hashed. */
  payloadsVerified: number;
  /** All damages, oldest set first; the first one is where to look first. */
  damages: Damage[];
  /** What was found in each set that was verified; damages of the chain count for the set that they name. */
  sets: { setId: string; items: number; damages: number; firstDamage: string | null }[];
}

/** How a long verification is followed and ended. */
export interface VerifyWishes {
  signal?: AbortSignal;
  /** Objects looked at so far, and all that the chosen sets say they hold. */
  onProgress?: (done: number, of: number) => void;
}

/** Which sets to verify: all of the tenant, those of a schedule, some by id, or the newest `limit` of the chain. */
export type SetSelection =
  'all' | { scheduleId: string } | { setIds: readonly string[] } | { newest: number };

const payloadBatch = 200;

/**
 * What to keep as the result of each set. Where one set was asked for, whatever was found speaks against it: a
 * broken chain too, wherever it is broken.
 */
export function findingsOf(report: VerifyReport): VerifyReport['sets'] {
  if (report.sets.length !== 1) return report.sets;
  const { damages } = report;
  return report.sets.map((set) => ({
    ...set,
    damages: damages.length,
    firstDamage: damages[0]?.sentence ?? null,
  }));
}

/**
 * Recomputes backup sets from the stored bytes up: every payload against its hash, every manifest, every root
 * from the set's own row and parts, and the chain with its head and the links of pruned sets. Believes no
 * count and no hash that it can compute. Damages are data, not errors; throws only when the database fails.
 */
export async function verifyBackupSets(
  sql: Sql,
  tenantId: string,
  selection: SetSelection = 'all',
  wishes: VerifyWishes = {},
): Promise<VerifyReport> {
  const chain = await listBackupSets(sql, tenantId);
  const imports = await listImportedSets(sql, tenantId);
  const chosen = select([...chain.map(keptRun), ...imports.map(keptImport)], selection);
  const of = chosen.reduce((sum, set) => sum + set.items, 0);
  const verification = new Verification(sql, tenantId, {
    signal: wishes.signal,
    onItems: (done) => wishes.onProgress?.(done, of),
  });
  await verification.checkChain(chain);
  for (const set of chosen) await verification.checkSet(set);
  return verification.report();
}

function select(all: readonly KeptSet[], selection: SetSelection): readonly KeptSet[] {
  if (selection === 'all') return all;
  if ('setIds' in selection) return all.filter((set) => selection.setIds.includes(set.id));
  const ofRuns = all.filter((set) => set.origin.kind === 'run');
  if ('newest' in selection) return selection.newest > 0 ? ofRuns.slice(-selection.newest) : [];
  return ofRuns.filter(
    ({ origin }) => origin.kind === 'run' && origin.set.scheduleId === selection.scheduleId,
  );
}

/** What a set is called in a sentence. */
function labelOf({ origin }: KeptSet): string {
  return origin.kind === 'run'
    ? `set ${origin.set.sequence}`
    : `the import from ${origin.set.tool} taken ${origin.set.takenAt.slice(0, 10)}`;
}

type Fault = 'missing' | 'damaged';

/** A set as its damages name it. */
interface VerifiedSet {
  id: string;
  /** Null for an import, which has no place in the chain. */
  sequence: number | null;
  label: string;
}

class Verification {
  private readonly sql: Sql;
  private readonly tenantId: string;
  private readonly damages: Damage[] = [];
  private readonly damagedSets = new Set<string>();
  /** Payloads looked at so far; null means sound. Sets share most of them. */
  private readonly payloads = new Map<string, Fault | null>();
  private readonly manifests = new Map<string, { type: string; items: ManifestEntry[] } | Fault>();
  private readonly sets: { setId: string; items: number }[] = [];
  private itemsVerified = 0;
  private readonly follow: { signal: AbortSignal | undefined; onItems: (done: number) => void };

  constructor(
    sql: Sql,
    tenantId: string,
    follow: { signal: AbortSignal | undefined; onItems: (done: number) => void },
  ) {
    this.sql = sql;
    this.tenantId = tenantId;
    this.follow = follow;
  }

  report(): VerifyReport {
    const damages = this.damages.toSorted((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
    return {
      setsVerified: this.sets.length,
      setsDamaged: this.damagedSets.size,
      itemsVerified: this.itemsVerified,
      payloadsVerified: this.payloads.size,
      damages,
      sets: this.sets.map((set) => {
        const own = damages.filter((damage) => damage.setId === set.setId);
        return { ...set, damages: own.length, firstDamage: own[0]?.sentence ?? null };
      }),
    };
  }

  private damage(
    set: { id: string; sequence: number | null } | null,
    kind: DamageKind,
    sentence: string,
    at: Partial<Damage> = {},
  ): void {
    if (set) this.damagedSets.add(set.id);
    this.damages.push({
      kind,
      sequence: set?.sequence ?? null,
      setId: set?.id ?? null,
      typeKey: null,
      itemId: null,
      itemName: null,
      sha256: null,
      sentence,
      ...at,
    });
  }

  /** Sequence without a gap from 1 to the head, each link holding the root before it. Always over the whole chain. */
  async checkChain(sets: readonly StoredSet[]): Promise<void> {
    const pruned = await listPrunedSets(this.sql, this.tenantId);
    const links = [
      ...sets.map((set) => ({ ...set, live: true })),
      ...pruned.map((link) => ({ ...link, id: link.setId, live: false })),
    ].sort((a, b) => a.sequence - b.sequence);
    let former: { sequence: number; id: string; root: string } | null = null;
    for (const link of links) {
      const expected = (former?.sequence ?? 0) + 1;
      const place = { id: link.id, sequence: link.sequence };
      if (link.sequence !== expected) {
        const missing =
          link.sequence - expected === 1
            ? `Set ${expected} is`
            : `Sets ${expected} to ${link.sequence - 1} are`;
        this.damage(place, 'set_missing', `${missing} missing from the chain before set ${link.sequence}.`);
      } else if (link.previousRoot !== (former?.root ?? null)) {
        this.damage(place, 'chain_broken', `Set ${link.sequence} does not follow from the set before it.`);
      } else if (link.live && 'previousSetId' in link && link.previousSetId !== (former?.id ?? null)) {
        this.damage(place, 'chain_broken', `Set ${link.sequence} names another set as the one before it.`);
      }
      former = link;
    }
    const head = await readSetHead(this.sql, this.tenantId);
    const headMatches =
      (head?.sequence ?? 0) === (former?.sequence ?? 0) &&
      (head?.setId ?? null) === (former?.id ?? null) &&
      (head?.root ?? null) === (former?.root ?? null);
    if (!headMatches) {
      this.damage(
        former,
        'head_differs',
        `The chain ends with set ${former?.sequence ?? 0}, but its head names set ${head?.sequence ?? 0}.`,
      );
    }
  }

  async checkSet(kept: KeptSet): Promise<void> {
    const { origin } = kept;
    const set = {
      id: kept.id,
      sequence: origin.kind === 'run' ? origin.set.sequence : null,
      label: labelOf(kept),
    };
    const itemsBefore = this.itemsVerified;
    const parts = await readKeptParts(this.sql, kept);
    if (rootOfKept(kept, parts).sha256 !== kept.root) {
      this.damage(set, 'root_differs', `The root of ${set.label} does not follow from its row and parts.`, {
        sha256: kept.root,
      });
    }
    if (origin.kind === 'run') await this.nameAlteredParts(set, parts);
    for (const part of parts) if (part.manifest !== null) await this.checkPart(set, part, part.manifest);
    if (kept.references !== null) await this.checkReferences(set, kept.references);
    this.sets.push({ setId: set.id, items: this.itemsVerified - itemsBefore });
  }

  /** Where a root is wrong, the check sums tell which part was touched; altered check sums show here too. */
  private async nameAlteredParts(set: VerifiedSet, parts: readonly KeptSetPart[]): Promise<void> {
    const sealed = new Map(Object.entries(await readPartChecks(this.sql, this.tenantId, set.id)));
    const now = new Map(
      Object.entries(checkSumsOfParts(parts.map(({ imported: _imported, ...part }) => part))),
    );
    for (const typeKey of [...new Set([...now.keys(), ...sealed.keys()])].sort(compareCodeUnits)) {
      if (now.get(typeKey) === sealed.get(typeKey)) continue;
      const altered = sealed.has(typeKey) ? 'was altered' : 'does not belong to the set';
      const what = now.has(typeKey) ? altered : 'is missing';
      this.damage(set, 'part_differs', `The part ${typeKey} of ${set.label} ${what}.`, { typeKey });
    }
  }

  private async checkPart(set: VerifiedSet, part: KeptSetPart, hash: string): Promise<void> {
    this.follow.signal?.throwIfAborted();
    const at = { typeKey: part.typeKey, sha256: hash };
    const manifest = await this.manifest(hash);
    if (manifest === 'missing' || manifest === 'damaged') {
      const kind = manifest === 'missing' ? 'manifest_missing' : 'manifest_damaged';
      this.damage(set, kind, `The manifest of ${part.typeKey} in ${set.label} is ${manifest}.`, at);
      return;
    }
    if (manifest.type !== part.typeKey || manifest.items.length !== part.captured) {
      this.damage(
        set,
        'manifest_contradicts_part',
        `The manifest of ${part.typeKey} in ${set.label} lists ${manifest.items.length} objects of ${manifest.type}, its part says ${part.captured}.`,
        at,
      );
    }
    await this.readPayloads(manifest.items.map((item) => item.hash));
    for (const item of manifest.items) {
      this.itemsVerified += 1;
      const fault = this.payloads.get(item.hash);
      if (fault === null) continue;
      this.damage(
        set,
        fault === 'missing' ? 'payload_missing' : 'payload_damaged',
        `The content of ${part.typeKey} “${item.name}” in ${set.label} is ${fault}.`,
        { typeKey: part.typeKey, itemId: item.id, itemName: item.name, sha256: item.hash },
      );
    }
    this.follow.onItems(this.itemsVerified);
  }

  private async checkReferences(set: VerifiedSet, hash: string): Promise<void> {
    const checked = await this.content('manifests', [hash]);
    let fault = typeof checked.get(hash) === 'string' ? (checked.get(hash) as Fault) : null;
    if (fault === null && !isReadable(() => readReferences(checked.get(hash) as Uint8Array)))
      fault = 'damaged';
    if (fault === null) return;
    const kind = fault === 'missing' ? 'manifest_missing' : 'manifest_damaged';
    this.damage(set, kind, `The references of ${set.label} are ${fault}.`, { sha256: hash });
  }

  private async manifest(hash: string): Promise<{ type: string; items: ManifestEntry[] } | Fault> {
    const known = this.manifests.get(hash);
    if (known) return known;
    const content = (await this.content('manifests', [hash])).get(hash)!;
    let result: { type: string; items: ManifestEntry[] } | Fault = 'damaged';
    if (typeof content === 'string') result = content;
    else if (isReadable(() => readManifest(content))) result = readManifest(content);
    this.manifests.set(hash, result);
    return result;
  }

  private async readPayloads(hashes: readonly string[]): Promise<void> {
    const open = [...new Set(hashes)].filter((hash) => !this.payloads.has(hash));
    for (let start = 0; start < open.length; start += payloadBatch) {
      this.follow.signal?.throwIfAborted();
      this.follow.onItems(this.itemsVerified + start);
      const checked = await this.content('payloads', open.slice(start, start + payloadBatch));
      for (const [hash, content] of checked)
        this.payloads.set(hash, typeof content === 'string' ? content : null);
    }
  }

  private async content(
    table: ContentTable,
    hashes: readonly string[],
  ): Promise<Map<string, Uint8Array | Fault>> {
    const rows = await readContent(this.sql, table, this.tenantId, hashes);
    const checked = new Map<string, Uint8Array | Fault>();
    for (const hash of hashes) {
      const row = rows.get(hash);
      const proved = row && (await checkStoredBytes(row));
      checked.set(hash, proved === undefined ? 'missing' : (proved.canonical ?? 'damaged'));
    }
    return checked;
  }
}

/** False when stored bytes, though they match their hash, are not of a format that can be read. */
function isReadable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (isAppError(error)) return false;
    throw error;
  }
}
