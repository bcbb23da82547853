import { describe, expect, it } from 'vitest';
import { fittingColumns } from '../../renderer/components/fitting-columns.ts';

const columns = [
  { key: 'name', width: 'minmax(10rem, 1fr)' },
  { key: 'zone', width: '5rem', optional: true as const },
  { key: 'run', width: '100px' },
  { key: 'host', width: '4rem', optional: true as const },
];

describe('columns of a table', () => {
  it.each([
    ['all where there is room', 446, 'name zone run host'],
    ['the last optional one leaves first', 445, 'name zone run'],
    ['then the one before it', 371, 'name run'],
    ['the others stay, and the table scrolls', 100, 'name run'],
  ])('%s', (_what, widthPx, expected) => {
    const shown = fittingColumns(columns, { widthPx, remPx: 16, gapPx: 10, besidePx: 12 });
    expect(shown.map(({ key }) => key).join(' ')).toBe(expected);
  });
});
