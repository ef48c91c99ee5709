// The schema, as numbered steps; a step that was released is never changed, a new one is added. PRAGMA user_version counts them.
// Times are milliseconds since 1970-01-01T00:00:00Z. Booleans are 0 and 1.

export const migrations: readonly string[] = [
  `
  CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE binding (
    id INTEGER PRIMARY KEY,
    mailbox TEXT NOT NULL, mailbox_key TEXT NOT NULL,
    number TEXT NOT NULL,
    alias TEXT, name TEXT,
    line INTEGER NOT NULL,
    mail_to_sms TEXT, sms_to_mail TEXT,
    quiet_hours TEXT, digest INTEGER, urgent INTEGER,
    parts_max INTEGER, too_long TEXT, automatic TEXT, plain_letters INTEGER,
    before_text TEXT, after_text TEXT,
    parts_per_day INTEGER, validity TEXT, language TEXT, report TEXT,
    origin TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX binding_one_mailbox ON binding(mailbox_key) WHERE expires_at IS NULL;
  CREATE UNIQUE INDEX binding_one_number ON binding(number) WHERE expires_at IS NULL;
  CREATE UNIQUE INDEX binding_one_alias ON binding(alias) WHERE alias IS NOT NULL;
  CREATE INDEX binding_mailbox ON binding(mailbox_key);
  CREATE INDEX binding_number ON binding(number);

  -- The journal: every incoming message and what became of it.
  CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    medium TEXT NOT NULL,
    sender TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
    mail_id TEXT, digest TEXT,
    received_at INTEGER NOT NULL,
    flag INTEGER, flag_from TEXT,
    judgement TEXT NOT NULL, reason TEXT NOT NULL,
    raw BLOB,
    -- Of a mail that became an SMS: who gets reports about it, and the header lines that they return.
    report_to TEXT, header TEXT
  ) STRICT;
  CREATE INDEX message_digest ON message(digest) WHERE digest IS NOT NULL;
  CREATE INDEX message_held ON message(sender) WHERE judgement = 'hold';

  CREATE TABLE step (
    message_id INTEGER NOT NULL REFERENCES message(id),
    at INTEGER NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX step_message ON step(message_id);

  -- Where a mail lies on the server: (folder, UIDVALIDITY, UID) names it for ever.
  CREATE TABLE mail_place (
    folder TEXT NOT NULL, uid_validity TEXT NOT NULL, uid INTEGER NOT NULL,
    message_id INTEGER NOT NULL REFERENCES message(id),
    place TEXT NOT NULL,
    PRIMARY KEY (folder, uid_validity, uid)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE mail_cursor (
    folder TEXT NOT NULL, uid_validity TEXT NOT NULL, uid INTEGER NOT NULL, first_uid INTEGER NOT NULL, began_at INTEGER NOT NULL,
    -- Of a rebuilt folder: the highest UID that was in it when it was first seen, so that what lies above is new; null: not known.
    found_uid INTEGER,
    PRIMARY KEY (folder, uid_validity)
  ) STRICT, WITHOUT ROWID;

  -- Every PDU that came from the modem. message_id is null for a part that waits for others and for status reports.
  CREATE TABLE pdu (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    pdu TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    message_id INTEGER REFERENCES message(id),
    -- A part of a long message: sent_at is its TP-SCTS, else received_at.
    concat_key TEXT, seq INTEGER, total INTEGER, sent_at INTEGER
  ) STRICT;
  CREATE INDEX pdu_part ON pdu(concat_key, sent_at) WHERE concat_key IS NOT NULL;
  CREATE INDEX pdu_waiting ON pdu(received_at) WHERE concat_key IS NOT NULL AND message_id IS NULL;

  CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL,
    correspondent TEXT NOT NULL, correspondent_key TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    root_mail_id TEXT NOT NULL, last_mail_id TEXT,
    opened_at INTEGER NOT NULL, last_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    -- 1 once somebody who may cause an SMS has written in it: the phone is no stranger then.
    answered INTEGER NOT NULL,
    UNIQUE (number, correspondent_key)
  ) STRICT;
  CREATE TABLE conversation_mail (
    mail_id TEXT NOT NULL, conversation_id INTEGER NOT NULL REFERENCES conversation(id),
    PRIMARY KEY (mail_id, conversation_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    message_id INTEGER REFERENCES message(id),
    conversation_id INTEGER REFERENCES conversation(id),
    medium TEXT NOT NULL, recipient TEXT NOT NULL, rule TEXT NOT NULL,
    text TEXT NOT NULL, encoding TEXT,
    state TEXT NOT NULL, reason TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at INTEGER,
    -- Who caused it: a mail address or a phone number in lower case, null for the operator's own and for notices.
    cause TEXT, digest INTEGER NOT NULL DEFAULT 0,
    -- Why a held delivery waits, and until when; null: until a person releases it.
    held_reason TEXT, held_until INTEGER,
    -- How long the talk lasts that it opens, in ms; when its parts were counted; the digest that it went out in.
    window_ms INTEGER, charged_at INTEGER, merged_into INTEGER,
    -- How long the service centre keeps trying, in ms; when its sender was told that nobody knows whether it was sent.
    validity_ms INTEGER, told_at INTEGER,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    mail_id TEXT, raw BLOB,
    -- Of a mail: 1 if it goes out with the null sender, the Message-ID that a server gave it, and what the last report said of it.
    null_sender INTEGER NOT NULL DEFAULT 0, server_mail_id TEXT, last_report TEXT,
    -- Of an SMS: 1 while its sender waits to hear that it arrived; 1 once its sender was told that it takes long.
    confirm INTEGER NOT NULL DEFAULT 0, delay_told INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX delivery_open ON delivery(medium, next_attempt_at) WHERE state IN ('queued', 'sending');
  CREATE INDEX delivery_message ON delivery(message_id);
  CREATE INDEX delivery_held ON delivery(held_until) WHERE state = 'held';
  CREATE INDEX delivery_untold ON delivery(updated_at) WHERE state = 'uncertain' AND told_at IS NULL;
  CREATE INDEX delivery_merged ON delivery(merged_into) WHERE merged_into IS NOT NULL;
  CREATE INDEX delivery_recipient ON delivery(recipient, created_at);
  CREATE INDEX delivery_mail ON delivery(mail_id) WHERE mail_id IS NOT NULL;
  CREATE INDEX delivery_server_mail ON delivery(server_mail_id) WHERE server_mail_id IS NOT NULL;
  CREATE INDEX delivery_confirm ON delivery(id) WHERE confirm = 1 AND state IN ('sent', 'delivered');
  CREATE INDEX delivery_kept ON delivery(updated_at) WHERE raw IS NOT NULL AND state IN ('sent', 'delivered');

  CREATE TABLE segment (
    id INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES delivery(id),
    seq INTEGER NOT NULL,
    pdu TEXT NOT NULL, tpdu_length INTEGER NOT NULL,
    state TEXT NOT NULL,
    message_reference INTEGER, submitted_at INTEGER, report_status INTEGER,
    UNIQUE (delivery_id, seq)
  ) STRICT;
  CREATE INDEX segment_open ON segment(state) WHERE state IN ('submitting', 'uncertain');
  CREATE INDEX segment_reference ON segment(message_reference) WHERE message_reference IS NOT NULL;
  CREATE INDEX segment_submitted ON segment(submitted_at) WHERE submitted_at IS NOT NULL;
  CREATE INDEX segment_pending ON segment(submitted_at) WHERE state = 'sent' AND report_status BETWEEN 32 AND 63;

  -- Reports that came before the segment they belong to was settled. sent_at is their TP-SCTS.
  CREATE TABLE early_report (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL, message_reference INTEGER NOT NULL, status INTEGER NOT NULL, sent_at INTEGER,
    received_at INTEGER NOT NULL
  ) STRICT;

  -- SMS parts that were accepted for sending, by local day ("2026-11-24"): of the whole box, of each sender, of each phone.
  CREATE TABLE spending (
    scope TEXT NOT NULL, key TEXT NOT NULL, day TEXT NOT NULL, parts INTEGER NOT NULL,
    PRIMARY KEY (scope, key, day)
  ) STRICT, WITHOUT ROWID;
  -- What somebody was told already and is not told again.
  CREATE TABLE told (key TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  -- Pairs of a phone and a mailbox (in the order of their names) between which nothing goes until a person says so.
  CREATE TABLE pause (
    one TEXT NOT NULL, other TEXT NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (one, other)
  ) STRICT, WITHOUT ROWID;

  -- PINs that a SIM refused, as keyed hashes of ICCID and PIN: they are never tried again.
  CREATE TABLE refused_pin (hash TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  -- Tries that a SIM (a keyed hash of its ICCID) may have lost since it was last open.
  CREATE TABLE pin_try (sim TEXT PRIMARY KEY, lost INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  -- What stands that needs a person, and who was told of it (store/alarms.ts).
  CREATE TABLE alarm (
    key TEXT PRIMARY KEY, reason TEXT NOT NULL, detail TEXT NOT NULL, mail_broken INTEGER NOT NULL,
    raised_at INTEGER NOT NULL, tell_at INTEGER NOT NULL, told_at INTEGER, mail_delivery INTEGER, sms_at INTEGER, ended_at INTEGER
  ) STRICT;

  -- Signal and registration of the modem, every five minutes at most, for 90 days.
  CREATE TABLE signal (at INTEGER PRIMARY KEY, dbm INTEGER, stat INTEGER, technology INTEGER) STRICT;

  -- What the running service last said of itself; read by "simpost status".
  CREATE TABLE service_state (key TEXT PRIMARY KEY, value TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- How long things are kept (store/retention/retention.ts): an option of a binding; whether a message still has its text; the counts of messages whose
  -- rows are gone; and an index for each way from an old row to what refers to it, so that no erasure reads a whole table.
  ALTER TABLE binding ADD COLUMN keep TEXT;
  CREATE INDEX binding_keep ON binding(keep) WHERE keep IS NOT NULL;
  CREATE INDEX binding_ended ON binding(expires_at) WHERE expires_at IS NOT NULL;
  ALTER TABLE message ADD COLUMN has_text INTEGER NOT NULL DEFAULT 1;
  CREATE INDEX message_age ON message(has_text, received_at);
  DROP INDEX delivery_message;
  CREATE INDEX delivery_message ON delivery(message_id, created_at);
  CREATE INDEX delivery_conversation ON delivery(conversation_id) WHERE conversation_id IS NOT NULL;
  CREATE INDEX conversation_mail_conversation ON conversation_mail(conversation_id);
  CREATE INDEX mail_place_message ON mail_place(message_id);
  CREATE INDEX pdu_message ON pdu(message_id, received_at);
  -- way: "in" counts messages by judgement, "out" deliveries by state with their SMS parts.
  CREATE TABLE daily_count (
    day TEXT NOT NULL, way TEXT NOT NULL, medium TEXT NOT NULL, outcome TEXT NOT NULL,
    messages INTEGER NOT NULL, parts INTEGER NOT NULL,
    PRIMARY KEY (day, way, medium, outcome)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- A status report is looked for among the parts that one may still come for, not among all that ever had its TP-MR. The other two hold
  -- only what somebody has to look at, and are not written for a message that goes its way.
  ALTER TABLE segment ADD COLUMN valid_until INTEGER;
  UPDATE segment SET valid_until = submitted_at + (SELECT validity_ms FROM delivery WHERE id = delivery_id) WHERE submitted_at IS NOT NULL;
  DROP INDEX segment_reference;
  CREATE INDEX segment_reference ON segment(message_reference, valid_until) WHERE message_reference IS NOT NULL;
  CREATE INDEX delivery_troubled ON delivery(id) WHERE state IN ('failed', 'uncertain');
  CREATE INDEX message_refused ON message(id) WHERE judgement = 'refuse';
  `,
]
