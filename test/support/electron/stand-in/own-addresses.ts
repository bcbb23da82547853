/**
 * Chromium calls an address of an unknown scheme "external" before anything can intercept it. So each address of
 * a registered scheme travels as https under a name that cannot exist, and is changed back at every edge.
 */
const schemes = new Set<string>();

export function addScheme(scheme: string): void {
  schemes.add(scheme);
}

/** What the browser is given for an address of the app. */
export function toBrowser(address: string): string {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/i.exec(address);
  if (match === null || !schemes.has(match[1]!)) return address;
  const rest = match[3]!.startsWith('/') ? match[3]! : `/${match[3]!}`;
  return `https://${match[2]!}.${match[1]!}.invalid${rest}`;
}

/** What the app is told for an address of the browser. */
export function fromBrowser(address: string): string {
  const match = /^https:\/\/([^/?#]+)\.([a-z][a-z0-9+-]*)\.invalid(?=[/?#]|$)(.*)$/i.exec(address);
  return match === null || !schemes.has(match[2]!) ? address : `${match[2]!}://${match[1]!}${match[3]!}`;
}

/** The scheme of an address of ours, or null. */
export function ownScheme(browserAddress: string): string | null {
  const address = fromBrowser(browserAddress);
  const scheme = address.slice(0, address.indexOf(':'));
  return schemes.has(scheme) ? scheme : null;
}
