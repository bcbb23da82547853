import type { Database } from '../../db/database.ts';
import {
  listContentHashes,
  neededManifests,
  sweepStoredContent,
  tryLockSweep,
} from '../../db/repositories/retention.ts';
import { readContent } from '../../db/repositories/stored-content.ts';
import { payloadHashesOf } from '../../snapshot/manifest.ts';
import { unpackBytes } from '../../snapshot/stored-bytes.ts';

export interface SweepCounts {
  manifests: number;
  payloads: number;
  secrets: number;
  bytes: number;
}

/** Manifests unpacked at the same time. */
const manifestBatch = 100;

/**
 * Takes away payloads, manifests and sealed secrets of a tenant that no set, no active run and no current object
 * needs and that are older than the safety age. Mark and sweep in one transaction under the tenant's sweep
 * lock; every writer holds the same lock shared, so nothing can begin to need what is being marked.
 *
 * @returns what went, or null when a run of the tenant is writing: the next sweep finds the same and more.
 */
export async function sweepContent(
  database: Database,
  tenantId: string,
  safetyAgeHours: number,
): Promise<SweepCounts | null> {
  return database.transaction(async (tx) => {
    if (!(await tryLockSweep(tx, tenantId))) return null;
    const needed = await neededManifests(tx, tenantId);
    const old = await listContentHashes(tx, 'manifests', tenantId, safetyAgeHours);
    const unneeded = new Set(old.filter((hash) => !needed.has(hash)));
    const payloads = new Set(await listContentHashes(tx, 'payloads', tenantId, safetyAgeHours));
    // Every manifest that stays counts, not only those in sets: a run that finds one takes its payloads for granted.
    const kept = (await listContentHashes(tx, 'manifests', tenantId, null)).filter(
      (hash) => !unneeded.has(hash),
    );
    for (let start = 0; start < kept.length && payloads.size > 0; start += manifestBatch) {
      const rows = await readContent(tx, 'manifests', tenantId, kept.slice(start, start + manifestBatch));
      for (const row of rows.values()) {
        // A manifest that cannot be read stops the sweep: what it names is unknown, so nothing may go.
        for (const hash of payloadHashesOf(await unpackBytes(row))) payloads.delete(hash);
      }
    }
    return sweepStoredContent(tx, tenantId, {
      manifests: [...unneeded],
      payloads: [...payloads],
      safetyAgeHours,
    });
  });
}
