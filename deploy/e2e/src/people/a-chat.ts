import { randomInt } from "node:crypto";
import type { Registration } from "@gantry/devstack";
import { NotificationProvider } from "@gantry/gen/proto/gantry/iam/v1/user_pb";

/** A chat that nobody else has, of so many digits that no log shows it by chance. */
export const aChat = (): Registration["notificationMethods"][number] => ({
  provider: NotificationProvider.TELEGRAM,
  contact: `4242${randomInt(1e12, 1e13)}`,
});
