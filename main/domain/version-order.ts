/** What a version has to look like: three numbers, perhaps a pre-release, perhaps build metadata (semver.org 2.0.0). */
export const versionPattern =
  /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-((?:[\dA-Za-z-]+)(?:\.[\dA-Za-z-]+)*))?(?:\+[\dA-Za-z.-]+)?$/;

/**
 * The order of two versions by the precedence of semver 2.0.0: negative where `left` is the older one, 0 where neither
 * is. A pre-release is older than its release; build metadata does not count. Throws a `RangeError` for what is no
 * version.
 */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [partsOf(left), partsOf(right)];
  for (let index = 0; index < 3; index += 1) {
    const difference = a.numbers[index]! - b.numbers[index]!;
    if (difference !== 0) return difference;
  }
  if (a.preRelease === null || b.preRelease === null) {
    return Number(a.preRelease === null) - Number(b.preRelease === null);
  }
  return comparePreReleases(a.preRelease.split('.'), b.preRelease.split('.'));
}

function partsOf(version: string): { numbers: number[]; preRelease: string | null } {
  const found = versionPattern.exec(version);
  if (found === null) throw new RangeError(`"${version}" is no version.`);
  return { numbers: found.slice(1, 4).map(Number), preRelease: found[4] ?? null };
}

/** Numbers by their value and before words, words by their characters, and the longer one after its own beginning. */
function comparePreReleases(left: readonly string[], right: readonly string[]): number {
  for (const [index, word] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (word === other) continue;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(word), /^\d+$/.test(other)];
    if (isNumber && isOtherNumber && Number(word) !== Number(other)) return Number(word) - Number(other);
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    return word < other ? -1 : 1;
  }
  return left.length - right.length;
}
