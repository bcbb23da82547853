/** Words and signs of what happened to an item or a setting. */
export const differenceWords = {
  added: 'Added',
  changed: 'Changed',
  removed: 'Removed',
  reordered: 'Reordered',
} as const;

export const differenceSigns = { added: '+', changed: '~', removed: '−', reordered: '↕' } as const;
