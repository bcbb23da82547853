/**
 * What became of a run whose finishing commit got no answer. Plain read, decided by id and token: terminal
 * with the owner's token means the commit arrived, running with it means that it did not.
 *
 * $1 run.
 */
export const readRunFate = `
select state, lease_token from app.backup_runs where id = $1`;
