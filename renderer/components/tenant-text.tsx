import { Tooltip } from '@fluentui/react-components';

const longest = 120;

/** Makes control and bidirectional characters visible, so that a name cannot disguise itself. */
export function visibleText(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\u2423${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

/** The same for text of many lines: line ends and tabs lay it out, all else that cannot be seen is made visible. */
export function visibleLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(/[\p{Cc}\p{Cf}]/gu, (character) =>
      character === '\n' || character === '\t' ? character : visibleText(character),
    );
}

/** The same as plain text, for places that take no markup: options, titles, accessible names. */
export function shortText(text: string): string {
  // Making a million characters visible to show a hundred would freeze the page.
  const visible = visibleText(text.length > 2000 ? `${text.slice(0, 1000)}${text.slice(-1000)}` : text);
  const half = Math.floor(longest / 2);
  return visible.length <= longest ? visible : `${visible.slice(0, half)}…${visible.slice(-half)}`;
}

/** Text that came from a tenant: data, never markup; isolated from its surroundings, cut in the middle. */
export function TenantText({ text }: { text: string }) {
  const short = shortText(text);
  if (text.length <= longest) return <bdi>{short}</bdi>;
  return (
    <Tooltip content={visibleText(text.slice(0, 1000))} relationship="label">
      <bdi>{short}</bdi>
    </Tooltip>
  );
}
