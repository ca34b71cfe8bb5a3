import { describe } from "vitest";
import { orderStoreContract } from "../../test/order-store.contract.ts";
import { MemoryOrderStore } from "./order-store.memory.ts";

describe("the memory order store", () => {
  orderStoreContract(async (paymentTimeoutMs) => {
    const store = new MemoryOrderStore({ paymentTimeoutMs });
    return {
      store,
      history: async (orderUuid) => store.history(orderUuid),
      events: async (orderUuid) => store.events.filter(({ key }) => key === orderUuid),
    };
  });
});
