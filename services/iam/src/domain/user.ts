import { AppError, type Uuid } from "@gantry/kernel";
import { isPlainText } from "./plain-text.ts";

/** Who carries a notification. */
export const notificationProviders = ["TELEGRAM", "EMAIL"] as const;
export type NotificationProvider = (typeof notificationProviders)[number];

/** One way to reach a person. */
export interface NotificationMethod {
  readonly provider: NotificationProvider;
  readonly contact: string;
}

/** A person. */
export interface User {
  readonly userUuid: Uuid;
  readonly login: string;
  readonly email: string;
  readonly notificationMethods: readonly NotificationMethod[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const loginPattern = /^[a-z0-9][a-z0-9._-]{2,63}$/;

/** Whether anybody can have this login at all. */
export const isLogin = (text: string): boolean => loginPattern.test(text);

/**
 * The methods, when they can be kept.
 * @throws AppError CONTACT_INVALID for a contact with control characters or broken text
 */
export function checkedMethods(methods: readonly NotificationMethod[]): readonly NotificationMethod[] {
  const index = methods.findIndex(({ contact }) => !isPlainText(contact));
  if (index !== -1) throw contactInvalid(index);
  return methods;
}

/** Names the place, not the contact. */
const contactInvalid = (index: number): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "CONTACT_INVALID",
    message: "A contact must be text without control characters.",
    violations: [
      {
        field: `notification_methods[${index}].contact`,
        rule: "contact.plain_text",
        message: "must be text without control characters",
      },
    ],
  });
