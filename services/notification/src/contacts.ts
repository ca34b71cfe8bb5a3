import type { Uuid } from "@gantry/kernel";
import type { Outcome } from "./messenger.ts";

/** Where a message goes now, or why it goes nowhere. */
export type Whereabouts =
  | { readonly kind: "chat"; readonly chatId: string }
  | Exclude<Outcome, { kind: "sent" | "unknown" }>;

/** Knows where people want to read their messages. */
export interface Contacts {
  /**
   * To whom news of a person is posted: chats, or the person (see {@link personOf}); none: nobody is told. Known without
   * asking anybody, because it is wanted inside the transaction of an event.
   */
  recipientsOf(userUuid: Uuid): readonly string[];
  /** Where a message to this recipient goes. Asked when it is about to be sent, outside any transaction. Never rejects. */
  locate(recipient: string): Promise<Whereabouts>;
}

/** A person as a recipient, whose chat is asked for when a message is sent. */
export const personOf = (userUuid: Uuid): string => `user:${userUuid}`;

const person = /^user:(.+)$/;

/** Whom a recipient is, if it is a person and not a chat. */
export const userOf = (recipient: string): string | undefined => person.exec(recipient)?.[1];

/** One chat for everybody, or none at all. */
export const oneChatForAll = (chatId: string | undefined): Contacts => ({
  recipientsOf: () => (chatId === undefined ? [] : [chatId]),
  async locate(recipient) {
    if (userOf(recipient) === undefined) return { kind: "chat", chatId: recipient };
    return chatId === undefined ? { kind: "skipped", reason: "NO_CONTACT" } : { kind: "chat", chatId };
  },
});
