/* Generated from the migrated database by `npm run generate`: do not edit. */
import type { ColumnType } from "kysely";

export type DeadLetterOrdersAction = "DISCARD" | "REPLAY";

export type DeadLetterOrdersOutcome = "CANCELLED" | "DONE" | "FAILED";

export type DeadLettersStatus = "DISCARDED" | "OPEN" | "PARKED" | "REPLAYED";

export type EmailCodesPurpose = "EMAIL_CHANGE" | "PASSWORD_RESET" | "REVIVE" | "SIGNUP";

export type Generated<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;

export type Json = ColumnType<JsonValue, string, string>;

export type JsonArray = JsonValue[];

export type JsonObject = {
  [x: string]: JsonValue | undefined;
};

export type JsonPrimitive = boolean | number | string | null;

export type JsonValue = JsonArray | JsonObject | JsonPrimitive;

export type LoginHistoryMethod = "EMAIL" | "GOOGLE" | "KAKAO" | "NAVER";

export type SocialAccountsProvider = "GOOGLE" | "KAKAO" | "NAVER";

export type TermsLanguage = "en" | "ko";

export type Timestamp = ColumnType<Date, Date | string, Date | string>;

export type UsedIdentityVerificationsPurpose = "PASSWORD_RESET" | "REVIVE" | "SIGNUP";

export type UsersRole = "ADMIN" | "USER";

export type UsersStatus = "ACTIVE" | "DELETED" | "DORMANT";

export interface AuthTokens {
  access_token_jti: string;
  created_at: Generated<Timestamp>;
  expires_at: Timestamp;
  id: Generated<string>;
  ip: string | null;
  issued_at: Generated<Timestamp>;
  refresh_token_hash: string;
  revoked: Generated<boolean>;
  revoked_at: Timestamp | null;
  token_family: string;
  user_agent: string | null;
  user_id: string;
}

export interface Consents {
  agreed_at: Generated<Timestamp>;
  terms_id: string;
  user_id: string;
  version: number;
  withdrawn_at: Timestamp | null;
}

export interface DeadLetterOrders {
  action: DeadLetterOrdersAction;
  cancelled_by: string | null;
  carried_out_at: Timestamp | null;
  error: string | null;
  id: Generated<string>;
  letter_id: string;
  ordered_at: Generated<Timestamp>;
  ordered_by: string;
  outcome: DeadLetterOrdersOutcome | null;
  reason: string | null;
  service: string;
}

export interface DeadLetters {
  consumer_group: string | null;
  copy_due: Generated<boolean>;
  created_at: Generated<Timestamp>;
  discarded_at: Timestamp | null;
  error: string;
  event_type: string | null;
  headers: Generated<Json>;
  id: Generated<string>;
  key: string | null;
  lane: Generated<string | null>;
  offset: number | null;
  partition: number | null;
  replayed_at: Timestamp | null;
  service: Generated<string>;
  starts: Generated<number>;
  status: Generated<DeadLettersStatus>;
  topic: string;
  value: Buffer | null;
}

export interface EmailCodes {
  attempts: Generated<number>;
  code_hash: string;
  consumed_at: Timestamp | null;
  created_at: Generated<Timestamp>;
  email_lookup: string;
  expires_at: Timestamp;
  id: Generated<string>;
  purpose: EmailCodesPurpose;
  verified_at: Timestamp | null;
}

export interface LoginAttempts {
  email_lookup: string;
  failures: number;
  last_failed_at: Generated<Timestamp>;
}

export interface LoginHistory {
  created_at: Generated<Timestamp>;
  failure_reason: string | null;
  id: Generated<string>;
  ip: string | null;
  method: LoginHistoryMethod;
  success: boolean;
  suspicious: Generated<boolean>;
  user_agent: string | null;
  user_id: string | null;
}

export interface MessageStarts {
  consumer_group: string;
  offset: number;
  partition: number;
  service: Generated<string>;
  started_at: Generated<Timestamp>;
  starts: number;
  topic: string;
}

export interface OutboxEvents {
  aggregate_id: string;
  aggregate_type: string;
  created_at: Generated<Timestamp>;
  event_type: string;
  headers: Generated<Json>;
  id: Generated<string>;
  key: string;
  last_error: string | null;
  payload: Json;
  published: Generated<boolean>;
  published_at: Timestamp | null;
  retry_count: Generated<number>;
  seq: Generated<number>;
  service: Generated<string>;
  topic: string;
}

export interface PasswordResets {
  created_at: Generated<Timestamp>;
  expires_at: Timestamp;
  id: Generated<string>;
  token_hash: string;
  used_at: Timestamp | null;
  user_id: string;
}

export interface ProcessedEvents {
  aggregate_id: string;
  consumer_group: string;
  event_id: string;
  event_type: string;
  processed_at: Generated<Timestamp>;
  service: Generated<string>;
}

export interface SocialAccounts {
  created_at: Generated<Timestamp>;
  id: Generated<string>;
  provider: SocialAccountsProvider;
  provider_user_id: string;
  user_id: string;
}

export interface Terms {
  body: string;
  created_at: Generated<Timestamp>;
  id: string;
  language: TermsLanguage;
  required: boolean;
  title: string;
  version: number;
}

export interface UsedIdentityVerifications {
  id: string;
  purpose: UsedIdentityVerificationsPurpose;
  used_at: Generated<Timestamp>;
  user_id: string | null;
}

export interface Users {
  ci: string | null;
  ci_lookup: string | null;
  created_at: Generated<Timestamp>;
  deleted_at: Timestamp | null;
  di: string | null;
  di_lookup: string | null;
  dormant_at: Timestamp | null;
  email: string;
  email_lookup: string;
  email_verified_at: Timestamp | null;
  id: Generated<string>;
  last_login_at: Timestamp | null;
  name: string;
  password_hash: string | null;
  personal_data_destroyed_at: Timestamp | null;
  phone: string | null;
  phone_lookup: string | null;
  role: Generated<UsersRole>;
  status: Generated<UsersStatus>;
  updated_at: Generated<Timestamp>;
  version: Generated<number>;
}

export interface Database {
  auth_tokens: AuthTokens;
  consents: Consents;
  dead_letter_orders: DeadLetterOrders;
  dead_letters: DeadLetters;
  email_codes: EmailCodes;
  login_attempts: LoginAttempts;
  login_history: LoginHistory;
  message_starts: MessageStarts;
  outbox_events: OutboxEvents;
  password_resets: PasswordResets;
  processed_events: ProcessedEvents;
  social_accounts: SocialAccounts;
  terms: Terms;
  used_identity_verifications: UsedIdentityVerifications;
  users: Users;
}
