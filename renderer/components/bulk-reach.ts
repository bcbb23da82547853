/** On which of the chosen rows an action acts. */
export interface BulkReach<Row> {
  rows: readonly Row[];
  /** "2 paused already; 1 without the role"; null where it acts on all. */
  rest: string | null;
}

/** How many of the chosen rows an action can act on, and why not on the others; the hindrance is a few words. */
export function reachOf<Row>(chosen: readonly Row[], hindrance: (row: Row) => string | null): BulkReach<Row> {
  const rows: Row[] = [];
  const reasons = new Map<string, number>();
  for (const row of chosen) {
    const reason = hindrance(row);
    if (reason === null) rows.push(row);
    else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return {
    rows,
    rest: reasons.size === 0 ? null : [...reasons].map(([reason, count]) => `${count} ${reason}`).join('; '),
  };
}
