import { AppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { AlertSender } from '../engine/ports.ts';
import { type ChannelSecret, openChannelSecret } from './channel-secret.ts';
import { postTeamsCard } from './post-teams-card.ts';
import { postWebhook } from './post-webhook.ts';
import { sendMail } from './send-mail.ts';

/** Delivers over the channels whose secret this host can open. */
export function createAlertSender(parts: { identity: string; clock: Clock }): AlertSender<ChannelSecret> {
  return {
    open: (channel) => openChannelSecret(channel.sealed, channel, parts.identity),

    async send(channel, secret, messages, signal) {
      const { settings } = channel;
      if (secret.kind === 'teams') return await postTeamsCard(secret, messages, signal);
      if (secret.kind === 'webhook') return await postWebhook(secret, messages, parts.clock, signal);
      if (settings.kind === 'smtp') return await sendMail(settings, secret, messages);
      throw new AppError('alert_not_taken', 'The settings of the channel do not fit its secret.', {
        nextStep: 'Save the channel again.',
      });
    },
  };
}
