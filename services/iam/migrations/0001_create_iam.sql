-- The people who may have sessions.
create table users (
  user_uuid uuid primary key,
  login text collate "C" not null constraint users_login_key unique
    constraint users_login_shape check (login ~ '^[a-z0-9][a-z0-9._-]{2,63}$'),
  email text not null constraint users_email_length check (char_length(email) between 3 and 254),
  -- argon2id with its parameters and salt, in the PHC string format
  password_hash text not null
    constraint users_password_hash_shape check (password_hash like '$argon2id$%' and char_length(password_hash) <= 512),
  -- A session of an earlier epoch has ended, whatever the store of sessions says. It only grows.
  session_epoch integer not null default 1 constraint users_session_epoch_positive check (session_epoch >= 1),
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create function session_epoch_only_grows() returns trigger language plpgsql as $$
begin
  if new.session_epoch < old.session_epoch then
    raise exception 'the session epoch of user % cannot go back', old.user_uuid using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

create trigger session_epoch_only_grows before update of session_epoch on users
  for each row execute function session_epoch_only_grows();

-- How to reach them, each provider once, in the order in which they were named.
create table notification_method (
  user_uuid uuid not null references users on delete cascade,
  provider text not null constraint notification_method_provider check (provider in ('TELEGRAM', 'EMAIL')),
  contact text not null constraint notification_method_contact_length check (char_length(contact) between 1 and 254),
  position smallint not null constraint notification_method_position check (position between 1 and 8),
  primary key (user_uuid, provider)
);

-- Sessions, when they are kept here. Without a reference to users: Redis may stand in the place of this table.
create table session (
  session_uuid uuid primary key,
  user_uuid uuid not null,
  -- sha-256 of the token, in hex
  token_hash text collate "C" not null constraint session_token_hash_key unique
    constraint session_token_hash_shape check (token_hash ~ '^[0-9a-f]{64}$'),
  epoch integer not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_seen_at timestamptz not null
);

create index session_of_user on session (user_uuid);
create index session_over on session (expires_at);

-- Sessions that were logged out, until they would have ended anyway: a store that forgot it cannot bring them back.
create table ended_session (
  session_uuid uuid primary key,
  until timestamptz not null
);

create index ended_session_over on ended_session (until);

-- Failed log-ins, for each person, address, and person from an address. Keys are sha-256: no login or address is kept.
create table throttle (
  scope text not null constraint throttle_scope check (scope in ('ACCOUNT', 'ADDRESS', 'PAIR')),
  key text collate "C" not null constraint throttle_key_shape check (key ~ '^[0-9a-f]{64}$'),
  -- when the last failure is forgotten; each failure moves it further away
  empty_at timestamptz not null,
  -- of the last failure, or of the last try that was let through after a wait
  last_at timestamptz not null,
  primary key (scope, key)
);

create index throttle_over on throttle (empty_at);
