/** Longest slug; with the id, the hash and the ending a name stays far below 200 characters. */
const slugLength = 60;
const idLength = 80;
/** Device names that Windows reserves in every folder, with any ending. */
const reserved = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/i;

/**
 * A piece of a file name that every file system takes: ASCII letters, digits, dots and hyphens, none of them at
 * an end, no reserved word. What is cut or replaced is not lost: names are data and stand in the manifest.
 */
export function fileSlug(text: string, maxLength = slugLength): string {
  const slug = text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9.]+/g, '-')
    .replaceAll(/\.{2,}/g, '.')
    .slice(0, maxLength)
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  if (slug === '') return 'unnamed';
  return reserved.test(slug.split('.')[0]!) ? `x-${slug}` : slug;
}

/**
 * File names for the objects of one type, in their order: `slug_id.json`. Where two would be equal on a file
 * system that ignores case, or an id had to be changed to fit, a piece of the id's hash keeps them apart.
 */
export function exportNames(
  items: readonly { id: string; name: string }[],
  hashOf: (text: string) => string,
): string[] {
  const taken = new Set<string>();
  return items.map(({ id, name }) => {
    const idSlug = fileSlug(id, idLength);
    const plain = `${fileSlug(name)}_${idSlug}`;
    const isFaithful = idSlug === id && !taken.has(plain.toLowerCase());
    const chosen = isFaithful ? plain : `${plain}_${hashOf(id).slice(0, 16)}`;
    taken.add(chosen.toLowerCase());
    return `${chosen}.json`;
  });
}
