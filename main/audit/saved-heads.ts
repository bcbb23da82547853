import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../shared/errors.ts';
import type { Sql } from '../db/database.ts';
import { listAuditHeads } from '../db/repositories/audit-trail.ts';
import type { Log } from '../engine/ports.ts';
import { replaceFile } from '../replace-file.ts';
import type { SavedHead } from './verify-chain.ts';

/**
 * Ends of the audit chains, kept on this computer's disk: whoever owns the database can rewrite a whole chain so
 * that it is sound in itself, or put back an old copy, but cannot do so to every host's disk at the same time.
 */
const headSchema = z.strictObject({
  tenantId: z.string().nullable(),
  sequence: z.string().regex(/^\d{1,19}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  savedAt: z.string(),
});
const fileSchema = z.strictObject({
  format: z.literal('tenantkeep-audit-heads-1'),
  /** By location of the database, because one home may have worked with several. */
  databases: z.record(z.string(), z.array(headSchema)),
});
type HeadsFile = z.output<typeof fileSchema>;

/** The heads that were saved for the database at this location; none where nothing was saved yet. */
export async function readSavedHeads(file: string, location: string): Promise<SavedHead[]> {
  const { databases } = await readHeadsFile(file);
  return (Object.hasOwn(databases, location) ? databases[location]! : []).map((head) => ({
    ...head,
    keptIn: 'this home',
  }));
}

/**
 * Saves the ends of all chains that the login may read, where they grew. An end is replaced only by one that
 * continues it: where the event behind the saved hash is gone or another one, the saved head stays as the
 * evidence, and the log says so. Answers the chains (tenant id, or null) for which that is so.
 */
export async function saveHeads(options: {
  sql: Sql;
  file: string;
  location: string;
  /** True for a host, which may read every chain: one that is not there is gone. A technician may just not see it. */
  seesAll: boolean;
  log: Log;
}): Promise<(string | null)[]> {
  const { sql, file, location, seesAll, log } = options;
  const stored = await readHeadsFile(file);
  const former = Object.hasOwn(stored.databases, location) ? stored.databases[location]! : [];
  const heads = await listAuditHeads(sql, { allTenants: true });
  const [row] = await sql.query<{ now: Date }>('select app.db_now() as now');
  const continued = await sql.query<{ tenantId: string | null }>(
    `select e.tenant_id as "tenantId"
       from unnest($1::uuid[], $2::bigint[], $3::text[]) as s (chain_id, sequence, hash)
       join app.audit_events e on e.chain_id = s.chain_id and e.sequence = s.sequence and e.hash = decode(s.hash, 'hex')`,
    [
      former.map((head) => head.tenantId ?? '00000000-0000-0000-0000-000000000000'),
      former.map((head) => head.sequence),
      former.map((head) => head.hash),
    ],
  );
  const isContinued = new Set(continued.map(({ tenantId }) => tenantId));
  const isListed = (head: { tenantId: string | null }) =>
    heads.some(({ tenantId }) => tenantId === head.tenantId);
  const broken = former.filter(
    (head) => head.sequence !== '0' && !isContinued.has(head.tenantId) && (seesAll || isListed(head)),
  );
  for (const head of broken) {
    log.error(
      { code: 'audit_chain_rewritten', tenantId: head.tenantId, sequence: head.sequence },
      'The audit chain does not continue the end that was saved; run "tenantkeep audit verify"',
    );
  }
  const kept = new Map(broken.map((head) => [head.tenantId, head]));
  const next = [
    ...heads.map(
      ({ tenantId, sequence, hash }) =>
        kept.get(tenantId) ?? { tenantId, sequence, hash, savedAt: row!.now.toISOString() },
    ),
    // Chains that are gone altogether, or that this login may not see.
    ...former.filter((head) => !isListed(head)),
  ];
  const isUnchanged =
    next.length === former.length &&
    next.every((head) => former.some((old) => old.tenantId === head.tenantId && old.hash === head.hash));
  if (!isUnchanged) {
    await writeHeadsFile(file, { ...stored, databases: { ...stored.databases, [location]: next } });
  }
  return broken.map((head) => head.tenantId);
}

/**
 * Gives up saved ends of the database at this location, after an older copy of it was put back on purpose. They are
 * kept in a file of their own beside the first, whose path is answered.
 */
export async function giveUpSavedHeads(
  file: string,
  location: string,
  givenUp: readonly SavedHead[],
  now: Date,
): Promise<string> {
  const stored = await readHeadsFile(file);
  const { [location]: heads = [], ...others } = stored.databases;
  const isGivenUp = (head: { tenantId: string | null; hash: string }) =>
    givenUp.some((one) => one.tenantId === head.tenantId && one.hash === head.hash);
  const keptIn = file.replace(/(\.json)?$/, `-given-up-${now.toISOString().replaceAll(':', '-')}.json`);
  await writeHeadsFile(keptIn, { ...stored, databases: { [location]: heads.filter(isGivenUp) } });
  const kept = heads.filter((head) => !isGivenUp(head));
  await writeHeadsFile(file, { ...stored, databases: { ...others, [location]: kept } });
  return keptIn;
}

async function readHeadsFile(file: string): Promise<HeadsFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') {
      return { format: 'tenantkeep-audit-heads-1', databases: {} };
    }
    throw error;
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError(
      'saved_heads_damaged',
      `The saved ends of the audit chains in ${file} cannot be read.`,
      {
        nextStep: 'Put the file back from a backup of this computer, or remove it to begin anew.',
        cause: error,
      },
    );
  }
}

async function writeHeadsFile(file: string, content: HeadsFile): Promise<void> {
  await replaceFile(file, `${JSON.stringify(content, null, 1)}\n`);
}
