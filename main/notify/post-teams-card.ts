import type { ClaimedMessage } from '../db/repositories/alerts.ts';
import { type AlertLine, alertText } from './alert-text.ts';
import { postJson } from './post-json.ts';

/** Teams refuses messages above 28 KB; beyond this many lines the card says how many more there are. */
const mostLines = 30;
const mostCharacters = 300;

/**
 * Posts alerts as an Adaptive Card to a workflow of Microsoft Teams ("Post to a channel when a webhook request is
 * received"). Card text is a TextBlock, which reads a little Markdown, so its signs are taken out of names.
 */
export async function postTeamsCard(
  secret: { url: string },
  messages: readonly ClaimedMessage[],
  signal: AbortSignal,
): Promise<void> {
  await postJson(secret.url, JSON.stringify(teamsMessage(messages)), {}, signal);
}

/** The body that a workflow takes: one attachment with one card. */
export function teamsMessage(messages: readonly ClaimedMessage[]): object {
  const text = alertText(messages);
  const more = text.more + Math.max(0, text.lines.length - mostLines);
  const blocks = [
    block(text.subject, { size: 'Medium', weight: 'Bolder' }),
    ...text.lines.slice(0, mostLines).flatMap(lineBlocks),
    ...(more > 0 ? [block(`And ${more} more; TenantKeep shows all of them.`, { isSubtle: true })] : []),
  ];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: blocks,
          msteams: { width: 'Full' },
        },
      },
    ],
  };
}

function lineBlocks(line: AlertLine): object[] {
  const color = line.kind === 'recovered' ? 'Good' : line.critical ? 'Attention' : 'Warning';
  return [
    block(line.text, { color, spacing: 'Medium' }),
    ...(line.nextStep === null ? [] : [block(line.nextStep, { isSubtle: true, spacing: 'None' })]),
  ];
}

function block(text: string, style: object): object {
  const plain = text.replace(/[[\]()*_`\\<>#|~]/g, ' ');
  return {
    type: 'TextBlock',
    text: plain.length <= mostCharacters ? plain : `${plain.slice(0, mostCharacters - 1)}…`,
    wrap: true,
    ...style,
  };
}
