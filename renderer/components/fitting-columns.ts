/** The least width of a track: the whole of a fixed one, the lower end of a flexible one. */
export function leastWidth(track: string): string {
  return /^minmax\(([^,]+),/.exec(track)?.[1] ?? track;
}

interface FittingColumn {
  width: string;
  /** May leave where there is no room. */
  optional?: true;
}

/**
 * The columns for which there is room: optional ones leave, the last first, until the least widths of all others fit.
 *
 * @param room.widthPx width of the table; what is beside the columns of a row is `besidePx`, between two of them `gapPx`.
 */
export function fittingColumns<Column extends FittingColumn>(
  columns: readonly Column[],
  room: { widthPx: number; remPx: number; gapPx: number; besidePx: number },
): readonly Column[] {
  const { widthPx, remPx, gapPx, besidePx } = room;
  const needed = (chosen: readonly Column[]) =>
    chosen.reduce((sum, { width }) => sum + pixels(leastWidth(width), remPx) + gapPx, besidePx - gapPx);
  let shown = columns;
  while (needed(shown) > widthPx) {
    const last = shown.findLastIndex(({ optional }) => optional === true);
    if (last === -1) return shown;
    shown = shown.toSpliced(last, 1);
  }
  return shown;
}

function pixels(width: string, remPx: number): number {
  return Number.parseFloat(width) * (width.endsWith('rem') ? remPx : 1);
}
