import { stringify } from 'lossless-json';
import type { SetExport } from '../../shared/contract/set-exports.ts';
import type { Permission } from '../../shared/model/permissions.ts';
import { reportAuditEvent } from '../db/repositories/audit-trail.ts';
import { type KeptSet, readKeptSet } from '../db/repositories/kept-sets.ts';
import { type ComparisonFormat, writeComparisonText } from '../engine/backup/comparison-text.ts';
import { unknownSet } from '../engine/backup/diff.ts';
import { exportBackupSetAsZip, writeWholeFile } from '../engine/backup/export.ts';
import type { ExportWishes } from '../engine/backup/export-content.ts';
import { exportNames, fileSlug } from '../engine/backup/export-names.ts';
import { requireSetItem } from '../engine/backup/set-items.ts';
import { loadPayload } from '../engine/backup/stored-documents.ts';
import { parseJson } from '../snapshot/parse-json.ts';
import { maskSecrets } from '../snapshot/secrets.ts';
import { sha256Hex } from '../snapshot/sha256.ts';
import { requirePermissionIn } from './permission-in-tenant.ts';
import type { Session } from './router.ts';

/** A file that is about to be written: its name for the dialog, and how it comes to be. */
export interface PreparedExport {
  fileName: string;
  /** Writes the file whole or not at all and leaves an audit event; answers how many objects are in it. */
  write: (path: string, wishes: ExportWishes) => Promise<{ objects: number }>;
}

const endings: Readonly<Record<ComparisonFormat, string>> = {
  markdown: 'md',
  csv: 'csv',
  'json-patch': 'json',
};

/**
 * Prepares what a person wants to save of the backup sets. Throws `forbidden` (which is audited too) or
 * `tenant_not_found` where the role does not allow it, and `backup_set_unknown` or `item_not_found`.
 */
export async function prepareSetExport(session: Session, wish: SetExport): Promise<PreparedExport> {
  switch (wish.kind) {
    case 'set':
      return prepareZip(session, wish);
    case 'item':
      return prepareItem(session, wish);
    case 'comparison':
      return prepareComparison(session, wish);
  }
}

async function requireSet(
  session: Session,
  tenantId: string,
  setId: string,
  permission: Permission & ('set.export' | 'item.export'),
): Promise<KeptSet> {
  const action = permission === 'set.export' ? 'set.exported' : 'item.exported';
  await requirePermissionIn(session, tenantId, permission, { action, correlationId: null });
  const set = await readKeptSet(session.database, tenantId, setId);
  if (set === null) throw unknownSet();
  return set;
}

async function nameOfTenant(session: Session, tenantId: string): Promise<string> {
  const [row] = await session.database.query<{ name: string }>('select name from app.tenants where id = $1', [
    tenantId,
  ]);
  return fileSlug(row?.name ?? 'tenant', 40);
}

/** `contoso_set-17_2026-11-28`, `contoso_import-IntuneCD_2024-05-03`. */
async function nameOfSet(session: Session, set: KeptSet): Promise<string> {
  return `${await nameOfTenant(session, set.tenantId)}_${shortName(set)}_${set.at.slice(0, 10)}`;
}

function shortName({ origin }: KeptSet): string {
  return origin.kind === 'run' ? `set-${origin.set.sequence}` : `import-${origin.set.tool}`;
}

async function prepareZip(
  session: Session,
  wish: Extract<SetExport, { kind: 'set' }>,
): Promise<PreparedExport> {
  const { tenantId, backupSetId } = wish;
  const set = await requireSet(session, tenantId, backupSetId, 'set.export');
  return {
    fileName: `${await nameOfSet(session, set)}.zip`,
    async write(path, wishes) {
      const source = { tenantId, setId: backupSetId };
      const { objects, rootHash } = await exportBackupSetAsZip(session.database, source, path, wishes);
      await reportAuditEvent(session.database, {
        tenantId,
        action: 'set.exported',
        targetKind: 'backup_set',
        targetId: backupSetId,
        detail: { objects, rootHash, format: 'zip' },
      });
      return { objects };
    },
  };
}

async function prepareItem(
  session: Session,
  wish: Extract<SetExport, { kind: 'item' }>,
): Promise<PreparedExport> {
  const { tenantId, backupSetId, typeKey, graphId } = wish;
  await requireSet(session, tenantId, backupSetId, 'item.export');
  const entry = await requireSetItem(session.database, tenantId, backupSetId, typeKey, graphId);
  return {
    fileName: exportNames([entry], sha256Hex)[0]!,
    async write(path) {
      const document = parseJson(await loadPayload(session.database, tenantId, entry.hash));
      await writeWholeFile(path, `${stringify(maskSecrets(document), null, 2) ?? ''}\n`);
      await reportAuditEvent(session.database, {
        tenantId,
        action: 'item.exported',
        targetKind: 'backup_set',
        targetId: backupSetId,
        detail: { type: typeKey, id: graphId, sha256: entry.hash },
      });
      return { objects: 1 };
    },
  };
}

async function prepareComparison(
  session: Session,
  wish: Extract<SetExport, { kind: 'comparison' }>,
): Promise<PreparedExport> {
  const { format } = wish;
  const before = await requireSet(session, wish.tenantId, wish.leftId, 'set.export');
  const after = await requireSet(session, wish.rightTenantId ?? wish.tenantId, wish.rightId, 'set.export');
  return {
    fileName: `${await nameOfSet(session, after)}_compared-with-${before.origin.kind === 'run' ? before.origin.set.sequence : shortName(before)}.${endings[format]}`,
    async write(path, wishes) {
      let objects = 0;
      const text = await writeComparisonText(session.database, { before, after }, format, {
        ...wishes,
        onProgress: (done, of) => {
          objects = done;
          wishes.onProgress?.(done, of);
        },
      });
      await writeWholeFile(path, text);
      for (const tenantId of new Set([before.tenantId, after.tenantId])) {
        await reportAuditEvent(session.database, {
          tenantId,
          action: 'set.exported',
          targetKind: 'backup_set',
          targetId: tenantId === after.tenantId ? after.id : before.id,
          detail: { comparedWith: tenantId === after.tenantId ? before.id : after.id, format, objects },
        });
      }
      return { objects };
    },
  };
}
