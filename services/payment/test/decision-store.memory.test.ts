import { MemoryDecisionStore } from "../src/adapters/decision-store.memory.ts";
import { decisionStoreContract } from "./decision-store.contract.ts";

decisionStoreContract("memory", async () => new MemoryDecisionStore());
