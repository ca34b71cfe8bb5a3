import type { Client } from "@connectrpc/connect";
import { type NotificationMethod, NotificationProvider } from "@gantry/gen/proto/gantry/iam/v1/user_pb";
import type { UserService } from "@gantry/gen/proto/gantry/iam/v1/user_service_pb";
import { AppError } from "@gantry/kernel";
import { type Contacts, personOf, userOf, type Whereabouts } from "./contacts.ts";

/** What Telegram takes as a chat: its number, or a channel's name. */
const chat = /^-?\d{1,20}$|^@\w{1,64}$/;

/** Asks IAM for a person's chat, each time: whoever changed it is told there from the next message on. */
export const contactsOfIam = (users: Pick<Client<typeof UserService>, "getUser">): Contacts => ({
  recipientsOf: (userUuid) => [personOf(userUuid)],
  async locate(recipient) {
    const userUuid = userOf(recipient);
    if (userUuid === undefined) return { kind: "chat", chatId: recipient };
    try {
      const { user } = await users.getUser({ userUuid });
      return chatAmong(user?.notificationMethods ?? []);
    } catch (error) {
      return whyNot(AppError.from(error));
    }
  },
});

function chatAmong(methods: readonly NotificationMethod[]): Whereabouts {
  const contact = methods.find(({ provider }) => provider === NotificationProvider.TELEGRAM)?.contact;
  if (contact === undefined) return { kind: "skipped", reason: "NO_TELEGRAM" };
  return chat.test(contact) ? { kind: "chat", chatId: contact } : { kind: "skipped", reason: "CONTACT_INVALID" };
}

/** Only IAM's word that there is no such person ends a message; anything else may be over in a while. */
function whyNot({ kind, reason }: AppError): Whereabouts {
  if (kind === "not_found" && reason === "USER_NOT_FOUND") return { kind: "skipped", reason };
  return { kind: "not-sent", reason: `IAM: ${reason}`, pauseMs: 0 };
}
