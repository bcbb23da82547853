import type { Command } from 'commander';
import { readSavedHeads, saveHeads } from '../audit/saved-heads.ts';
import { verifyAuditChain, type AuditChainVerdict, type SavedHead } from '../audit/verify-chain.ts';
import { headsOfManifest, readExportManifest, verifyAuditExport } from '../audit/verify-export.ts';
import { savedHeadsPlace } from '../composition.ts';
import type { Database } from '../db/database.ts';
import { listAuditHeads, reportAuditEvent } from '../db/repositories/audit-trail.ts';
import { readAuditScope } from './audit-scope.ts';
import { globalOptions, withDatabase } from './command-context.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitStatus } from './exit-status.ts';
import { createOutput, type Output } from './output.ts';

/** `audit verify`. */
export function addVerifyCommand(audit: Command, exit: ExitStatus): void {
  audit
    .command('verify')
    .description(
      'Recompute the chains, and compare them with the ends that this computer saved; exit code 5 where one is broken',
    )
    .option('--tenant <name>', 'only the chain of this tenant')
    .option('--workspace', 'only the chain of the workspace')
    .option('--against <manifest>', 'also compare with the ends in the manifest of an export')
    .addHelpText('after', '\nExample:\n  tenantkeep audit verify --against contoso-audit.csv.manifest.json')
    .action(async (options: { tenant?: string; workspace?: boolean; against?: string }, command: Command) => {
      const given =
        options.against === undefined ? [] : headsOfManifest(await readExportManifest(options.against));
      await withDatabase(command, async ({ workspace, access, database, output }) => {
        const scope = await readAuditScope(database, options);
        const place = savedHeadsPlace(workspace, access);
        const saved = [...(await readSavedHeads(place.file, place.location)), ...given].filter(
          (head) => 'allTenants' in scope || head.tenantId === ('tenantId' in scope ? scope.tenantId : null),
        );
        const heads = await listAuditHeads(database, scope);
        const chains: VerifiedChain[] = [];
        for (const head of heads) {
          const verdict = await verifyAuditChain(database, head.tenantId, saved);
          chains.push({
            tenantId: head.tenantId,
            name: head.tenantName ?? '(workspace)',
            savedHeads: saved.filter(({ tenantId }) => tenantId === head.tenantId).length,
            ...verdict,
          });
          await reportAuditEvent(database, {
            tenantId: head.tenantId,
            action: 'audit.verified',
            targetKind: head.tenantId === null ? 'workspace' : 'tenant',
            ...(head.tenantId === null ? {} : { targetId: head.tenantId }),
            outcome: verdict.firstBroken === null ? 'success' : 'failure',
            detail: { events: verdict.events, headHash: verdict.headHash },
          });
        }
        chains.push(...(await findLostChains(database, saved, chains)));
        const verified = chains.every((chain) => chain.firstBroken === null);
        if (verified) await saveHeads({ sql: database, ...place, seesAll: false, log: workspace.log });
        else exit.code = exitCodes.runFailed;
        output.result(
          { verified, events: chains.reduce((sum, chain) => sum + chain.events, 0), chains },
          () =>
            chains.map((chain) =>
              chain.firstBroken === null
                ? `${chain.name}: verified 1 to ${chain.events}, head ${chain.headHash}.`
                : `${chain.name}: broken at ${chain.firstBroken.sequence}. ${chain.firstBroken.what}`,
            ),
        );
      });
    });
}

type VerifiedChain = {
  tenantId: string | null;
  name: string;
  /** How many saved ends the chain was compared with. */
  savedHeads: number;
} & AuditChainVerdict;

/** Chains of which an end was saved, which this login would see, and which are not there any more. */
async function findLostChains(
  database: Database,
  saved: readonly SavedHead[],
  found: readonly VerifiedChain[],
): Promise<VerifiedChain[]> {
  const lost = saved.filter((head) => !found.some(({ tenantId }) => tenantId === head.tenantId));
  const chains = new Map<string | null, VerifiedChain>();
  for (const head of lost) {
    const [row] = await database.query<{ expected: boolean }>(
      `select case when $1::uuid is null then app.is_administrator()
                   else app.has_tenant_role($1, '{owner,manager,auditor}')
                        or (app.is_administrator() and not exists (select 1 from app.tenants t where t.id = $1)) end as expected`,
      [head.tenantId],
    );
    if (!row!.expected) continue;
    chains.set(head.tenantId, {
      tenantId: head.tenantId,
      name: head.tenantId ?? '(workspace)',
      savedHeads: 1,
      events: 0,
      headHash: '0'.repeat(64),
      firstBroken: {
        sequence: '1',
        what: `The chain is gone; it went on to ${head.sequence} when its end was saved in ${head.keptIn} at ${head.savedAt}.`,
      },
    });
  }
  return [...chains.values()];
}

/** `audit verify-export`. */
export function addVerifyExportCommand(audit: Command, exit: ExitStatus): void {
  audit
    .command('verify-export')
    .description(
      'Compare an exported file with its manifest; needs no database. Exit code 5 where they differ',
    )
    .argument('<file>', 'the exported file; its manifest lies beside it')
    .option('--with-database', 'also compare the ends in the manifest with the chains in the database')
    .addHelpText('after', '\nExample:\n  tenantkeep audit verify-export contoso-audit.csv')
    .action(async (file: string, options: { withDatabase?: boolean }, command: Command) => {
      const verdict = await verifyAuditExport(file);
      const findings = [...verdict.findings];
      const show = (output: Output): void => {
        if (findings.length > 0) exit.code = exitCodes.runFailed;
        const { manifest, rows, sha256 } = verdict;
        const { filter, chains, exportedAt } = manifest;
        output.result(
          { verified: findings.length === 0, findings, rows, sha256, filter, chains, exportedAt },
          () =>
            findings.length === 0
              ? [
                  `The ${rows} events in ${file} are those that were exported at ${exportedAt}.`,
                  ...chains.map(
                    (chain) =>
                      `${chain.tenantName ?? '(workspace)'}: end of the chain then: ${chain.headSequence}, ${chain.headHash}.`,
                  ),
                ]
              : findings,
        );
      };
      if (options.withDatabase !== true) {
        show(createOutput(globalOptions(command).json === true));
        return;
      }
      await withDatabase(command, async ({ database, output }) => {
        const saved = headsOfManifest(verdict.manifest);
        const visible = await listAuditHeads(database, { allTenants: true });
        for (const { tenantId, tenantName } of verdict.manifest.chains) {
          if (!visible.some((head) => head.tenantId === tenantId)) {
            findings.push(`${tenantName ?? '(workspace)'}: this login sees no such chain in the database.`);
            continue;
          }
          const { firstBroken } = await verifyAuditChain(database, tenantId, saved);
          if (firstBroken !== null) {
            findings.push(
              `${tenantName ?? '(workspace)'}: broken at ${firstBroken.sequence}. ${firstBroken.what}`,
            );
          }
        }
        show(output);
      });
    });
}
