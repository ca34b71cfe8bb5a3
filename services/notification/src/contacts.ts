import type { Uuid } from "@gantry/kernel";

/** Knows where people want to read their messages. */
export interface Contacts {
  /** The chats of a person; none: the person wants no messages. */
  contactOf(userUuid: Uuid): Promise<readonly string[]>;
}

/** One chat for everybody, or none at all. */
export const oneChatForAll = (chatId: string | undefined): Contacts => ({
  contactOf: async () => (chatId === undefined ? [] : [chatId]),
});
