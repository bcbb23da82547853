import { Migration } from '@mikro-orm/migrations';

/**
 * After a disaster an administrator puts back an older copy of the database, and every computer that saved later ends
 * of the audit chains finds them gone. Saying that it was so is an act of its own: it stands in the chain of the
 * workspace with the ends that were given up, so that nobody cuts a chain and explains it away unseen.
 */
const functions = `
create function app.accept_restored_copy(reason text, given_up jsonb, out refused text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not app.is_administrator() then
    refused := app.refuse(null, 'audit.restore_accepted', 'workspace', null, 'administrator_needed');
    return;
  end if;
  if reason is null or length(btrim(reason)) not between 1 and 500 or length(given_up::text) > 1000000 then
    refused := 'reason_needed';
    return;
  end if;
  perform app.audit_append(null, 'audit.restore_accepted', 'workspace', null, 'success', reason, given_up);
end $$;
comment on function app.accept_restored_copy(text, jsonb) is 'Notes that an older copy of the database was put back on purpose, with the ends of chains that are given up.';
`;

export class Migration20261128_0015_restored_copies extends Migration {
  override up(): void {
    for (const statement of [
      functions,
      `grant execute on function app.accept_restored_copy(text, jsonb) to tenantkeep_technician`,
    ]) {
      this.addSql(statement);
    }
  }
}
