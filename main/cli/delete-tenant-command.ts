import type { Command } from 'commander';
import { AppError } from '../../shared/errors.ts';
import { deleteTenant, previewDeletion, type TenantContent } from '../db/repositories/deleted-tenants.ts';
import { withDatabase } from './command-context.ts';
import { findTenant } from './find-by-name.ts';
import { facts } from './output.ts';

/** `tenants delete`: without `--confirm` it only tells what would be lost. */
export function addDeleteTenant(tenants: Command): void {
  tenants
    .command('delete')
    .description('Delete a tenant with all its backup sets; for owners of the tenant')
    .requiredOption('--tenant <name>', 'tenant, by name or id')
    .option('--confirm <name>', 'the exact name of the tenant; without it nothing is deleted')
    .addHelpText(
      'after',
      '\nThe tenant is gone at once; hosts then erase what was backed up. Its audit events stay.\n\nExample:\n  tenantkeep tenants delete --tenant Contoso\n  tenantkeep tenants delete --tenant Contoso --confirm Contoso',
    )
    .action(async (options: { tenant: string; confirm?: string }, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const tenant = await findTenant(database, options.tenant);
        const content = await previewDeletion(database, tenant.tenantId);
        if (content === null) {
          throw new AppError('tenant_forbidden', `Only an owner of ${tenant.name} deletes it.`, {
            nextStep: 'Ask an owner of the tenant.',
          });
        }
        if (options.confirm !== undefined) {
          await deleteTenant(database, tenant.tenantId, options.confirm);
        }
        const deleted = options.confirm !== undefined;
        output.result({ tenant: { id: tenant.tenantId, name: tenant.name }, deleted, content }, () => [
          deleted
            ? `${tenant.name} is deleted. Hosts erase its content now.`
            : `Nothing is deleted yet. This would go with ${tenant.name}:`,
          ...contentFacts(content),
          ...(deleted
            ? []
            : [`To delete it, repeat the command with --confirm and the tenant's exact name.`]),
        ]);
      });
    });
}

function contentFacts(content: TenantContent): string[] {
  return facts([
    ['backup sets', String(content.sets)],
    ['of them pinned', String(content.pinnedSets)],
    ['imported sets', String(content.importedSets)],
    ['newest complete set', content.newestCompleteAt ?? 'none'],
    ['bytes stored', String(content.bytes)],
    ['runs', String(content.runs)],
    ['schedules', String(content.schedules)],
    ['people with a role', String(content.members)],
  ]);
}
