/** A seeded source of choices: the same seed makes the same tenants, faults and delays on every machine. */
export interface Random {
  /** In [0, 1). */
  fraction(): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
  chance(probability: number): boolean;
  guid(): string;
  hex(length: number): string;
  shuffle<T>(members: readonly T[]): T[];
}

/** Makes a source from a seed (mulberry32: small, and good enough for test data). */
export function createRandom(seed: number | string): Random {
  let state = typeof seed === 'number' ? seed >>> 0 : hashText(seed);
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const integer = (low: number, high: number) => low + Math.floor(fraction() * (high - low + 1));
  const hex = (length: number) => {
    let text = '';
    while (text.length < length) text += integer(0, 0xffff).toString(16).padStart(4, '0');
    return text.slice(0, length);
  };
  return {
    fraction,
    integer,
    hex,
    pick: (choices) => choices[integer(0, choices.length - 1)]!,
    chance: (probability) => fraction() < probability,
    guid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[integer(0, 3)]}${hex(3)}-${hex(12)}`,
    shuffle: (members) => {
      const copy = [...members];
      for (let last = copy.length - 1; last > 0; last--) {
        const other = integer(0, last);
        [copy[last], copy[other]] = [copy[other]!, copy[last]!];
      }
      return copy;
    },
  };
}

/** A 32-bit number from text (FNV-1a). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

/** The same guid for the same text, in the shape of a version 4 guid. */
export function guidFromText(text: string): string {
  return createRandom(hashText(text) ^ hashText(`${text}\u0000second half`)).guid();
}
