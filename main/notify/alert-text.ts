import type { AlertMessageKind } from '../../shared/model/alerts.ts';
import type { ClaimedMessage } from '../db/repositories/alerts.ts';

/** A message in words, the same over every channel. */
export interface AlertText {
  subject: string;
  lines: readonly AlertLine[];
  /** How many more there are than are listed. */
  more: number;
}

export interface AlertLine {
  kind: AlertMessageKind;
  critical: boolean;
  /** `Unprotected since …`, in plain words. */
  text: string;
  nextStep: string | null;
}

/** A mail of ten thousand lines is read by nobody. */
const mostLines = 100;

const kindWords: Readonly<Record<Exclude<AlertMessageKind, 'test'>, string>> = {
  raised: '',
  escalated: 'Worse: ',
  reminder: 'Still: ',
  recovered: 'Over: ',
};

/** Puts waiting messages into one text: critical first, what is over last. */
export function alertText(messages: readonly ClaimedMessage[]): AlertText {
  const lines = messages.map(lineOf).sort((a, b) => rank(a) - rank(b));
  return {
    subject: subjectOf(messages, lines),
    lines: lines.slice(0, mostLines),
    more: Math.max(0, lines.length - mostLines),
  };
}

function lineOf({ kind, alert }: ClaimedMessage): AlertLine {
  if (kind === 'test' || alert === null) {
    return {
      kind,
      critical: false,
      text: 'This is a test. Alerts of TenantKeep arrive here.',
      nextStep: null,
    };
  }
  const text = `${kindWords[kind]}${oneLine(alert.sentence)}`;
  return {
    kind,
    critical: alert.severity === 'critical' && kind !== 'recovered',
    text: kind === 'recovered' ? `${text} (since ${utcText(alert.openedAt)})` : text,
    nextStep: kind === 'recovered' || alert.nextStep === null ? null : oneLine(alert.nextStep),
  };
}

function subjectOf(messages: readonly ClaimedMessage[], lines: readonly AlertLine[]): string {
  const [only] = lines;
  if (lines.length === 1) return `TenantKeep: ${cut(only!.text, 150)}`;
  const over = lines.filter((line) => line.kind === 'recovered').length;
  const tenants = new Set(messages.flatMap(({ alert }) => alert?.tenantName ?? [])).size;
  const parts = [
    ...(lines.length > over ? [`${lines.length - over} alerts`] : []),
    ...(over > 0 ? [`${over} over`] : []),
  ].join(', ');
  return `TenantKeep: ${parts}${tenants > 0 ? ` in ${tenants} ${tenants === 1 ? 'tenant' : 'tenants'}` : ''}`;
}

function rank(line: AlertLine): number {
  if (line.kind === 'recovered') return 2;
  return line.critical ? 0 : 1;
}

/** Names of tenants are data: line ends would forge headers or further lines, controls and bidi marks hide text. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function utcText(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
