import type { Uuid } from "@gantry/kernel";
import type { Generated } from "kysely";
import type { ThrottleScope } from "../domain/throttle.ts";
import type { NotificationProvider } from "../domain/user.ts";

interface UsersTable {
  user_uuid: Uuid;
  login: string;
  email: string;
  password_hash: string;
  session_epoch: Generated<number>;
  created_at: Date;
  updated_at: Date;
}

interface NotificationMethodTable {
  user_uuid: Uuid;
  provider: NotificationProvider;
  contact: string;
  position: number;
}

interface SessionTable {
  session_uuid: Uuid;
  user_uuid: Uuid;
  token_hash: string;
  epoch: number;
  created_at: Date;
  expires_at: Date;
  last_seen_at: Date;
}

interface EndedSessionTable {
  session_uuid: Uuid;
  until: Date;
}

interface ThrottleTable {
  scope: ThrottleScope;
  key: string;
  empty_at: Date;
  last_at: Date;
}

/** migrations/0001_create_iam.sql */
export interface IamTables {
  users: UsersTable;
  notification_method: NotificationMethodTable;
  session: SessionTable;
  ended_session: EndedSessionTable;
  throttle: ThrottleTable;
}
