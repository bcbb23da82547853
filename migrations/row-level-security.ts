/**
 * Statements that every table of the product needs. Row-level security is forced, so that even the owner
 * role, under which our `security definer` functions run, sees rows only by a policy that is written down.
 */

/** Switches row-level security on for `app.<table>`, forced, with the owner's own policy. */
export function forceRowLevelSecurity(table: string): string[] {
  return [
    `alter table app.${table} enable row level security`,
    `alter table app.${table} force row level security`,
    `create policy owner_all on app.${table} to tenantkeep_owner using (true) with check (true)`,
  ];
}
