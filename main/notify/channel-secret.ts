import { z } from 'zod';
import { openText, sealText } from '../credentials/sealed-credential.ts';

/**
 * What a channel keeps from everybody but the hosts. The addresses are secrets: whoever knows that of a Teams
 * workflow can post to it. Channel and tenant stand inside, so that bytes moved to another row do not open there.
 */
const secretSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('teams'), url: z.string() }),
  z.strictObject({ kind: z.literal('webhook'), url: z.string(), signingKey: z.string() }),
  z.strictObject({ kind: z.literal('smtp'), password: z.string().nullable() }),
]);
export type ChannelSecret = z.output<typeof secretSchema>;

const sealedSchema = z.strictObject({
  format: z.literal('tenantkeep-alert-channel-1'),
  channelId: z.string(),
  tenantId: z.string().nullable(),
  secret: secretSchema,
});

interface ChannelAddress {
  channelId: string;
  tenantId: string | null;
}

/** Seals a channel's secret to the keys of the approved hosts. Throws `no_approved_host` when there is none. */
export function sealChannelSecret(
  { channelId, tenantId }: ChannelAddress,
  secret: ChannelSecret,
  recipients: readonly string[],
): Promise<Uint8Array> {
  return sealText(
    JSON.stringify({
      format: 'tenantkeep-alert-channel-1',
      channelId,
      tenantId,
      secret,
    } satisfies z.input<typeof sealedSchema>),
    recipients,
  );
}

/** The secret; null when it was sealed to other hosts, or belongs to another channel than the one in whose row it lies. */
export async function openChannelSecret(
  sealed: Uint8Array,
  address: ChannelAddress,
  identity: string,
): Promise<ChannelSecret | null> {
  const text = await openText(sealed, identity);
  if (text === null) return null;
  const parsed = sealedSchema.safeParse(JSON.parse(text));
  return parsed.success &&
    parsed.data.channelId === address.channelId &&
    parsed.data.tenantId === address.tenantId
    ? parsed.data.secret
    : null;
}
