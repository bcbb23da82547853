/** What electron-builder writes beside a packed program; the publisher's address stands in it. */
export const updateConfigName = 'app-update.yml';

/** An https:// address without login, query and fragment. */
export function isFeedUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return (
    url !== null &&
    url.protocol === 'https:' &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  );
}
