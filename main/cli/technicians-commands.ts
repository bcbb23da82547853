import { basename } from 'node:path';
import type { Command } from 'commander';
import { tenantRoles, type TenantRole } from '../../shared/model/permissions.ts';
import {
  addTechnician,
  grantMembership,
  loginForName,
  removeTechnician,
  revokeMembership,
  setAdministrator,
  type Technician,
} from '../db/repositories/technicians.ts';
import type { Tenant } from '../db/repositories/tenants.ts';
import { withDatabase, type CommandContext } from './command-context.ts';
import { reserveConnectionFile } from './connection-file.ts';
import { findOne, findTenant } from './find-by-name.ts';
import { facts, table } from './output.ts';
import { oneOf, usageError } from './usage-error.ts';

interface NameOption {
  name: string;
}

/** `technicians add|list|grant|revoke|remove`. */
export function addTechniciansCommands(program: Command): void {
  const technicians = program
    .command('technicians')
    .description('People, their database logins and their roles');

  technicians
    .command('add')
    .description('Make a login for a person; its password is shown once and kept nowhere')
    .requiredOption('--name <name>', "the person's name")
    .option('--role <role>', `${tenantRoles.join(', ')}; together with --tenant`)
    .option('--tenant <name>', 'tenant in which the role holds, by name or id')
    .option('--administrator', 'runs the workspace: hosts, technicians, new tenants')
    .option('--login <login>', 'database login; default: made from the name')
    .option(
      '--connection-file <file>',
      'new file, readable by its owner only, that takes the connection URL; default without --json: <login>.connection',
    )
    .addHelpText(
      'after',
      '\nThe person signs in on their own computer: "tenantkeep sign-in rita-meier.connection", or a double-click on the file.\n\nExample:\n  tenantkeep technicians add --name "Rita Meier" --role reader --tenant Contoso',
    )
    .action(
      async (
        options: NameOption & {
          role?: string;
          tenant?: string;
          administrator?: boolean;
          login?: string;
          connectionFile?: string;
        },
        command: Command,
      ) => {
        const name = options.name.trim();
        if (name === '' || name.length > 200) throw usageError('--name must have 1 to 200 characters.');
        if ((options.role === undefined) !== (options.tenant === undefined)) {
          throw usageError('--role and --tenant belong together.');
        }
        if (options.role === undefined && options.administrator !== true) {
          throw usageError('Give --role with --tenant, or --administrator, or both.');
        }
        const role = options.role === undefined ? null : oneOf(options.role, '--role', tenantRoles);
        await withDatabase(command, async ({ access, database, output }) => {
          const tenant = options.tenant === undefined ? null : await findTenant(database, options.tenant);
          const login = options.login ?? loginForName(name);
          const fileName = options.connectionFile ?? (output.json ? null : `${login}.connection`);
          const file = fileName === null ? null : await reserveConnectionFile(fileName);
          let made: { technicianId: string; connectionUrl: string };
          try {
            const ownUrl = await access.urlFor('technician');
            made = await database.transaction(async (tx) => {
              const administrator = options.administrator === true;
              const { technicianId, password } = await addTechnician(tx, { name, login, administrator });
              if (tenant !== null) await grantMembership(tx, tenant.tenantId, technicianId, role!);
              return { technicianId, connectionUrl: connectionUrl(ownUrl, login, password) };
            });
            await file?.write(made.connectionUrl);
          } catch (error) {
            await file?.discard();
            throw error;
          }
          output.result(
            {
              technician: {
                id: made.technicianId,
                name,
                login,
                administrator: options.administrator === true,
                memberships: tenant === null ? [] : [membership(tenant, role!)],
              },
              connectionUrl: made.connectionUrl,
              ...(file === null ? {} : { connectionFile: file.path }),
            },
            () => [
              `${name} can sign in${tenant === null ? '' : ` as ${role} of ${tenant.name}`}${options.administrator === true ? ' and administers the workspace' : ''}.`,
              ...facts([
                ['login', login],
                ['connection file', file!.path],
              ]),
              `On their computer they open it, or run "tenantkeep sign-in ${basename(file!.path)}".`,
              'Hand the file over on a safe way and remove it here: it holds the password, which is kept nowhere else.',
              ...(access.kind === 'embedded'
                ? [
                    'It is good on this computer only: the database is embedded here, and others cannot reach it.',
                  ]
                : []),
            ],
          );
        });
      },
    );

  technicians
    .command('list')
    .description('List the people that you may see, with their roles')
    .addHelpText('after', '\nExample:\n  tenantkeep technicians list --json')
    .action(async (_options: object, command: Command) => {
      await withDatabase(command, async (context) => {
        const people = await readTechnicians(context);
        context.output.result({ technicians: people.map(technicianDocument) }, () =>
          table(
            people,
            [
              { title: 'Name', value: (person) => person.name },
              { title: 'Login', value: (person) => person.login },
              { title: 'Administrator', value: (person) => person.administrator },
              {
                title: 'Roles',
                value: (person) =>
                  person.memberships.map(({ tenantName, role }) => `${tenantName}: ${role}`).join(', ') ||
                  '-',
              },
            ],
            'No technicians.',
          ),
        );
      });
    });

  technicians
    .command('grant')
    .description('Give a person a role in a tenant, or change it, or make them administrator')
    .requiredOption('--name <name>', 'the person, by name, login or id')
    .option('--role <role>', tenantRoles.join(', '))
    .option('--tenant <name>', 'tenant, by name or id')
    .option('--administrator', 'make them administrator of the workspace')
    .addHelpText(
      'after',
      '\nExample:\n  tenantkeep technicians grant --name "Rita Meier" --role operator --tenant Contoso',
    )
    .action(
      async (
        options: NameOption & { role?: string; tenant?: string; administrator?: boolean },
        command: Command,
      ) => {
        if ((options.role === undefined) !== (options.tenant === undefined)) {
          throw usageError('--role and --tenant belong together.');
        }
        if (options.role === undefined && options.administrator !== true) {
          throw usageError('Give --role with --tenant, or --administrator, or both.');
        }
        const role = options.role === undefined ? null : oneOf(options.role, '--role', tenantRoles);
        await withDatabase(command, async (context) => {
          const person = await findTechnician(context, options.name);
          const tenant =
            options.tenant === undefined ? null : await findTenant(context.database, options.tenant);
          await context.database.transaction(async (tx) => {
            if (options.administrator === true) await setAdministrator(tx, person.technicianId, true);
            if (tenant !== null) await grantMembership(tx, tenant.tenantId, person.technicianId, role!);
          });
          await showChanged(context, person);
        });
      },
    );

  technicians
    .command('revoke')
    .description('Take a role from a person; it ends at their next call, also in open windows')
    .requiredOption('--name <name>', 'the person, by name, login or id')
    .option('--tenant <name>', 'tenant, by name or id')
    .option('--administrator', 'they administer the workspace no longer')
    .addHelpText('after', '\nExample:\n  tenantkeep technicians revoke --name "Rita Meier" --tenant Contoso')
    .action(async (options: NameOption & { tenant?: string; administrator?: boolean }, command: Command) => {
      if (options.tenant === undefined && options.administrator !== true) {
        throw usageError('Give --tenant, or --administrator, or both.');
      }
      await withDatabase(command, async (context) => {
        const person = await findTechnician(context, options.name);
        const tenant =
          options.tenant === undefined ? null : await findTenant(context.database, options.tenant);
        await context.database.transaction(async (tx) => {
          if (tenant !== null) await revokeMembership(tx, tenant.tenantId, person.technicianId);
          if (options.administrator === true) await setAdministrator(tx, person.technicianId, false);
        });
        await showChanged(context, person);
      });
    });

  technicians
    .command('remove')
    .description('Take every right from a person and close their login')
    .requiredOption('--name <name>', 'the person, by name, login or id')
    .option('--reason <reason>', 'for the audit log')
    .addHelpText('after', '\nExample:\n  tenantkeep technicians remove --name "Rita Meier" --reason left')
    .action(async (options: NameOption & { reason?: string }, command: Command) => {
      await withDatabase(command, async (context) => {
        const person = await findTechnician(context, options.name);
        await removeTechnician(context.database, person.technicianId, options.reason ?? null);
        context.output.result({ removed: technicianDocument(person) }, () => [
          `${person.name} has no rights any more; the audit log keeps the login ${person.login}.`,
        ]);
      });
    });
}

/** People with their memberships, read with the login of the caller. */
async function readTechnicians({ access, workspace }: CommandContext): Promise<Technician[]> {
  // The ORM is by far the largest of what the command line could load; this is its only use.
  const [{ openOrm }, { listTechnicians }] = await Promise.all([
    import('../db/orm.ts'),
    import('../db/repositories/list-technicians.ts'),
  ]);
  const orm = await openOrm({
    url: await access.urlFor('technician'),
    applicationName: 'tenantkeep/cli',
    log: workspace.log,
  });
  try {
    return await listTechnicians(orm.em);
  } finally {
    await orm.close();
  }
}

async function findTechnician(context: CommandContext, given: string): Promise<Technician> {
  const people = await readTechnicians(context);
  const byLogin = people.filter((person) => person.login === given.trim());
  if (byLogin.length === 1) return byLogin[0]!;
  return findOne(people, given, {
    noun: 'technician',
    code: 'technician',
    id: (person) => person.technicianId,
    name: (person) => person.name,
    listCommand: 'technicians list',
  });
}

async function showChanged(context: CommandContext, before: Technician): Promise<void> {
  const after =
    (await readTechnicians(context)).find((person) => person.technicianId === before.technicianId) ?? null;
  context.output.result({ technician: after === null ? null : technicianDocument(after) }, () => [
    after === null
      ? `${before.name} changed; your login does not see their roles any more.`
      : `${after.name}${after.administrator ? ', administrator' : ''}: ${
          after.memberships.map(({ tenantName, role }) => `${role} of ${tenantName}`).join(', ') || 'no role'
        }.`,
  ]);
}

function technicianDocument(person: Technician): object {
  const { technicianId, name, login, administrator, memberships } = person;
  return { id: technicianId, name, login, administrator, memberships };
}

function membership(tenant: Tenant, role: TenantRole): object {
  return { tenantId: tenant.tenantId, tenantName: tenant.name, role };
}

function connectionUrl(ownUrl: string, login: string, password: string): string {
  const url = new URL(ownUrl);
  url.username = login;
  url.password = password;
  return url.href;
}
