import type { Command } from 'commander';
import { tagsSchema } from '../../shared/contract/fields.ts';
import { editTenant } from '../db/repositories/tenants.ts';
import { withDatabase } from './command-context.ts';
import { findTenant } from './find-by-name.ts';
import { usageError } from './usage-error.ts';

/** Words separated by commas, checked by the contract's own rule. */
export function parseTags(text: string, option: string): string[] {
  const given = text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const parsed = tagsSchema.safeParse([...new Set(given)]);
  if (!parsed.success) throw usageError(`${option}: ${parsed.error.issues[0]!.message}`);
  return parsed.data;
}

/** `tenants tag`: adds and removes tags of a tenant; the others stay. */
export function addTenantsTag(tenants: Command): void {
  tenants
    .command('tag')
    .description('Give a tenant tags or take some away; schedule templates and filters go by them')
    .requiredOption('--tenant <name>', 'tenant, by name or id')
    .option('--add <tags>', 'tags to add, separated by commas', '')
    .option('--remove <tags>', 'tags to take away, separated by commas', '')
    .addHelpText(
      'after',
      '\nExample:\n  tenantkeep tenants tag --tenant Contoso --add gold,europe --remove trial',
    )
    .action(async (options: { tenant: string; add: string; remove: string }, command: Command) => {
      const add = parseTags(options.add, '--add');
      const remove = parseTags(options.remove, '--remove');
      if (add.length + remove.length === 0) throw usageError('Give --add, --remove, or both.');
      await withDatabase(command, async ({ database, output }) => {
        const { tenantId, name, tags: before } = await findTenant(database, options.tenant);
        const tags = [...new Set([...before.filter((tag) => !remove.includes(tag)), ...add])];
        const parsed = tagsSchema.safeParse(tags);
        if (!parsed.success) throw usageError(parsed.error.issues[0]!.message);
        const isSame = tags.length === before.length && tags.every((tag) => before.includes(tag));
        if (!isSame) await editTenant(database, tenantId, name, tags);
        output.result({ tenant: { id: tenantId, name }, tags, before }, () => [
          `${name} has ${tags.length === 0 ? 'no tags' : `the tags ${tags.join(', ')}`}${isSame ? ' as before' : ''}.`,
        ]);
      });
    });
}
