import { Tooltip } from '@fluentui/react-components';

const longest = 120;

/** Makes control and bidirectional characters visible, so that a name cannot disguise itself. */
export function visibleText(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\u2423${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

/** Text that came from a tenant: data, never markup; isolated from its surroundings, cut in the middle. */
export function TenantText({ text }: { text: string }) {
  const visible = visibleText(text);
  if (visible.length <= longest) return <bdi>{visible}</bdi>;
  const half = Math.floor(longest / 2);
  return (
    <Tooltip content={visible.slice(0, 1000)} relationship="label">
      <bdi>{`${visible.slice(0, half)}…${visible.slice(-half)}`}</bdi>
    </Tooltip>
  );
}
