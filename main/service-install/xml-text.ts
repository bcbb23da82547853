/** Text as the content of an XML element. Control characters, which XML cannot carry, are the caller's to refuse. */
export function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
