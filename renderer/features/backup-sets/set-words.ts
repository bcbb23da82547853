import type { BackupSetRow } from '../../../shared/contract/backup-sets.ts';

type Named = Pick<BackupSetRow, 'seq' | 'imported'>;

/** What a set is called in a sentence: "set 17", "import from IntuneCD". */
export function setWords({ seq, imported }: Named): string {
  return imported === null ? `set ${(seq ?? 0).toLocaleString()}` : `import from ${imported.tool}`;
}
