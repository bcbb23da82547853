import type { ExportTool } from '../../../shared/model/export-tools.ts';
import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

/** Sets made from folders that other tools exported; see their migration for who may write what. */

const utcText = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** An imported set; hashes are 64 hexadecimal digits, instants UTC text with microseconds. */
export interface ImportedSet {
  id: string;
  tenantId: string;
  tool: ExportTool;
  folder: string;
  takenAt: string;
  importedAt: string;
  importedBy: string;
  files: number;
  items: number;
  newBytes: number;
  /** Files that no object was made of. */
  leftOut: number;
  root: string;
}

/** The objects of one policy type in an imported set. */
export interface ImportedSetPart {
  typeKey: string;
  /** False: this version does not know the type. */
  known: boolean;
  items: number;
  /** Objects without an id of Microsoft's. */
  madeIds: number;
  manifest: string;
}

/**
 * A person's request for an import, good for an hour. Throws `tenant_forbidden`, `tenant_not_found`,
 * `import_time_invalid`.
 */
export async function requestSetImport(
  sql: Sql,
  wanted: { tenantId: string; tool: ExportTool; folder: string; takenAt: Date },
): Promise<string> {
  const [row] = await sql.query<{ requestId: string; refused: string | null }>(
    `select request_id as "requestId", refused from app.request_set_import($1, $2, $3, $4)`,
    [wanted.tenantId, wanted.tool, wanted.folder, wanted.takenAt],
  );
  throwIfRefused(row!.refused);
  return row!.requestId;
}

/** A request that this host's transaction carries out, with what the set will be called. */
export interface ClaimedImport {
  setId: string;
  tenantId: string;
  tool: ExportTool;
  folder: string;
  takenAt: string;
  importedAt: string;
  importedBy: string;
}

/** Locks a request until the transaction ends; null where nobody asked within the last hour. For hosts. */
export async function claimSetImport(tx: Sql, requestId: string): Promise<ClaimedImport | null> {
  const [row] = await tx.query<ClaimedImport>(
    `select set_id as "setId", of_tenant as "tenantId", tool, folder, taken_at as "takenAt",
            imported_at as "importedAt", imported_by as "importedBy"
       from app.claim_set_import($1) where of_tenant is not null`,
    [requestId],
  );
  return row ?? null;
}

/** Ends a request with its set, whose content is in the database. For hosts. */
export async function sealImport(
  tx: Sql,
  requestId: string,
  set: Pick<ImportedSet, 'id' | 'importedAt' | 'files' | 'newBytes' | 'leftOut' | 'root'>,
  parts: readonly ImportedSetPart[],
  leftOutList: readonly { path: string; reason: string }[],
): Promise<void> {
  await tx.query(
    `select app.seal_import($1, $2, $3::timestamptz, $4, $5, $6, $7::jsonb, decode($8, 'hex'), $9::text[],
                            $10::boolean[], $11::int[], $12::int[], $13::text[])`,
    [
      requestId,
      set.id,
      set.importedAt,
      set.files,
      set.newBytes,
      set.leftOut,
      JSON.stringify(leftOutList),
      set.root,
      parts.map((part) => part.typeKey),
      parts.map((part) => part.known),
      parts.map((part) => part.items),
      parts.map((part) => part.madeIds),
      parts.map((part) => part.manifest),
    ],
  );
}

/** Removes an imported set. Throws `tenant_forbidden`, `tenant_not_found`, `imported_set_unknown`. */
export async function deleteImportedSet(sql: Sql, tenantId: string, setId: string): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    'select app.delete_imported_set($1, $2) as refused',
    [tenantId, setId],
  );
  throwIfRefused(row!.refused);
}

const setColumns = `s.id, s.tenant_id as "tenantId", s.tool, s.folder, ${utcText('s.taken_at')} as "takenAt",
  ${utcText('s.imported_at')} as "importedAt", s.imported_by::text as "importedBy", s.files, s.items,
  s.new_bytes::float8 as "newBytes", s.left_out as "leftOut", encode(s.root_sha256, 'hex') as root`;

/** Imported sets of a tenant, the oldest state first. */
export async function listImportedSets(sql: Sql, tenantId: string): Promise<ImportedSet[]> {
  return sql.query<ImportedSet>(
    `select ${setColumns} from app.imported_sets s where s.tenant_id = $1 order by s.taken_at, s.id`,
    [tenantId],
  );
}

/** One imported set of the tenant; null when it has no such set. */
export async function readImportedSet(
  sql: Sql,
  tenantId: string,
  setId: string,
): Promise<ImportedSet | null> {
  const [row] = await sql.query<ImportedSet>(
    `select ${setColumns} from app.imported_sets s where s.tenant_id = $1 and s.id = $2`,
    [tenantId, setId],
  );
  return row ?? null;
}

/** The policy types of an imported set in the order of their keys. */
export async function readImportedSetParts(
  sql: Sql,
  tenantId: string,
  setId: string,
): Promise<ImportedSetPart[]> {
  return sql.query<ImportedSetPart>(
    `select p.policy_type as "typeKey", p.known, p.items, p.made_ids as "madeIds",
            encode(p.manifest_sha256, 'hex') as manifest
       from app.imported_set_parts p
      where p.tenant_id = $1 and p.set_id = $2 order by p.policy_type collate "C"`,
    [tenantId, setId],
  );
}

/** Files that no object was made of, the first thousand of them. */
export async function readLeftOut(
  sql: Sql,
  tenantId: string,
  setId: string,
): Promise<{ path: string; reason: string }[]> {
  const [row] = await sql.query<{ list: { path: string; reason: string }[] }>(
    `select left_out_list as list from app.imported_sets where tenant_id = $1 and id = $2`,
    [tenantId, setId],
  );
  return row?.list ?? [];
}
