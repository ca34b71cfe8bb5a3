import { describe } from "vitest";
import { orderStoreContract } from "../../test/order-store.contract.ts";
import { MemoryOrderStore } from "./order-store.memory.ts";

describe("the order store in memory", () => {
  orderStoreContract(async () => {
    const store = new MemoryOrderStore();
    return { store, history: async (orderUuid) => store.history(orderUuid) };
  });
});
