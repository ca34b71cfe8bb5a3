import { createClient, type Transport } from "@connectrpc/connect";
import { UserService } from "@gantry/gen/proto/gantry/iam/v1/user_service_pb";
import { AppError, uuidv7 } from "@gantry/kernel";
import { eventually } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import { contactsOfIam } from "../src/contacts.iam.ts";
import { oneChatForAll, personOf } from "../src/contacts.ts";
import { post } from "../src/mailbox.postgres.ts";
import { aDatabase, aLog, aMessage, aSender, aTelegram, messagesIn, messengerOf, postTo } from "./fixture.ts";
import { type Answer, iamWith, mail, TELEGRAM } from "./iam.ts";

const contactsOf = (iam: Transport) => contactsOfIam(createClient(UserService, iam));

describe("a person's chat", () => {
  const locate = (answer: Answer | undefined, caller?: string) => {
    const userUuid = uuidv7();
    const people = new Map(answer === undefined ? [] : [[userUuid, answer]]);
    return contactsOf(iamWith(people, caller).iam).locate(personOf(userUuid));
  };

  test("is asked of IAM with the service's own identity", async () => {
    const userUuid = uuidv7();
    const { iam, callers } = iamWith(new Map([[userUuid, () => [{ provider: TELEGRAM, contact: "7" }]]]));
    expect(await contactsOf(iam).locate(personOf(userUuid))).toEqual({ kind: "chat", chatId: "7" });
    expect(callers).toMatchObject([{ kind: "service", service: "notification" }]);
  });

  test("is the Telegram one of several ways to reach them", async () => {
    expect(await locate(() => [mail, { provider: TELEGRAM, contact: "-100123" }])).toEqual({
      kind: "chat",
      chatId: "-100123",
    });
  });

  test.each([
    ["there is no such person", undefined, "USER_NOT_FOUND"],
    ["they want no messages", () => [], "NO_TELEGRAM"],
    ["they want mail only", () => [mail], "NO_TELEGRAM"],
    ["what they gave is no chat", () => [{ provider: TELEGRAM, contact: "7&text=x" }], "CONTACT_INVALID"],
  ])("is not there when %s: the message is skipped", async (_what, answer, reason) => {
    expect(await locate(answer)).toEqual({ kind: "skipped", reason });
  });

  test("cannot be had while IAM does not answer, or refuses: the message waits", async () => {
    const broken = () => {
      throw new AppError({ kind: "unavailable", reason: "DATABASE_UNAVAILABLE", message: "later" });
    };
    expect(await locate(broken)).toEqual({ kind: "not-sent", reason: "IAM: DATABASE_UNAVAILABLE", pauseMs: 0 });
    expect(await locate(() => [], "order")).toMatchObject({ kind: "not-sent", reason: "IAM: FORBIDDEN" });
  });

  test("of what is a chat already is not asked for", async () => {
    const { iam, callers } = iamWith(new Map());
    expect(await contactsOf(iam).locate("7")).toEqual({ kind: "chat", chatId: "7" });
    expect(callers).toEqual([]);
  });

  test("without IAM is the one for all, also for messages from when there was one", async () => {
    expect(await oneChatForAll("9").locate(personOf(uuidv7()))).toEqual({ kind: "chat", chatId: "9" });
    expect(await oneChatForAll(undefined).locate(personOf(uuidv7()))).toEqual({
      kind: "skipped",
      reason: "NO_CONTACT",
    });
  });
});

describe("messages to persons", () => {
  const over = (postgres: Awaited<ReturnType<typeof aDatabase>>) =>
    eventually(async () => {
      const messages = await messagesIn(postgres);
      expect(messages.filter(({ due_at }) => due_at !== null)).toEqual([]);
      return messages;
    });

  test("wait while IAM is gone, lose nothing and arrive in order when it is back; others go on", async () => {
    const [postgres, telegram, ada] = [await aDatabase(), await aTelegram(), uuidv7()];
    let isGone = true;
    const answer: Answer = () => {
      if (isGone) throw new AppError({ kind: "unavailable", reason: "GONE", message: "gone" });
      return [{ provider: TELEGRAM, contact: "7" }];
    };
    const contacts = contactsOf(iamWith(new Map([[ada, answer]])).iam);
    await aSender(postgres, messengerOf(telegram), { contacts }).start();
    await postTo(postgres, personOf(ada), "a", "b", "c");
    await eventually(async () =>
      expect((await messagesIn(postgres))[0]).toMatchObject({ state: "PENDING", reason: "IAM: GONE", unknowns: 0 }),
    );
    await postTo(postgres, "8", "to a chat");
    await eventually(() => expect(telegram.deliveries()).toHaveLength(1));
    isGone = false;
    expect((await over(postgres)).map(({ state }) => state)).toEqual(["SENT", "SENT", "SENT", "SENT"]);
    const told = telegram.deliveries().filter(({ chatId }) => chatId === "7");
    expect(told.map(({ shown }) => shown)).toEqual(["a", "b", "c"]);
  });

  test("go where the person wants them when they are sent, not when they were posted", async () => {
    const [postgres, telegram, ada] = [await aDatabase(), await aTelegram(), uuidv7()];
    let chat = "7";
    const people = new Map([[ada, () => [{ provider: TELEGRAM, contact: chat }]]]);
    await postTo(postgres, personOf(ada), "a");
    chat = "8";
    await aSender(postgres, messengerOf(telegram), { contacts: contactsOf(iamWith(people).iam) }).start();
    await over(postgres);
    expect(telegram.deliveries()).toMatchObject([{ chatId: "8", shown: "a" }]);
  });

  test("whom nobody knows are recorded as skipped, once, with the reason; no contact is in a log", async () => {
    const [postgres, telegram, ada] = [await aDatabase(), await aTelegram(), uuidv7()];
    const log = aLog();
    const people = new Map([[ada, () => [mail, { provider: TELEGRAM, contact: "7000111222333" }]]]);
    const contacts = contactsOf(iamWith(people).iam);
    await aSender(postgres, messengerOf(telegram), { contacts, logger: log.logger }).start();
    const message = aMessage("twice posted");
    for (let time = 0; time < 2; time++) {
      await postgres.transaction((trx) => post(trx, message, [personOf(ada)]));
    }
    await postTo(postgres, personOf(uuidv7()), "to nobody");
    expect(await over(postgres)).toMatchObject([{ state: "SENT" }, { state: "SKIPPED", reason: "USER_NOT_FOUND" }]);
    expect(log.logged("message skipped")).toHaveLength(1);
    expect(log.lines.join("")).not.toMatch(/7000111222333|ada@example/);
  });
});
