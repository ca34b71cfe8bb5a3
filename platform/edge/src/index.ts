export type { SessionCheck, SessionQuestion, SessionVerdict, ValidSession } from "./session-check.ts";
